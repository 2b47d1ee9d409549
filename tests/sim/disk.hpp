#pragma once

#include "base/error.hpp"
#include "discord/session_record.hpp"
#include "sharding/identify_ledger.hpp"
#include "sim/agenda.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tinfoil::sim {

/// A record file: memory that outlives the process that wrote it.
struct record_memory {
    explicit record_memory(std::size_t bytes) : words((bytes + 7) / 8) {}
    [[nodiscard]] std::span<std::byte> bytes() { return std::as_writable_bytes(std::span(words)); }

    std::vector<std::uint64_t> words;
    bool trusted = true;  ///< Of this boot of the machine.
};

/// What is on the disk of the host's machine: state.db as state::store keeps it, and the record
/// files. It may be full, and a loss of power takes back what was not flushed.
class disk {
public:
    struct row {
        discord::session_record what;
        bool clean = false;
    };

    explicit disk(agenda& time) : time_(time) {}

    // As the functions of state::store with the same names.
    result<void> save_sessions(std::span<const discord::session_record> all,
                               discord::cursor_use use);
    result<void> forget_session(discord::slot slot, std::uint32_t generation);
    result<void> record_identify(discord::slot slot, sharding::reason why);
    result<std::uint64_t> begin_incarnation();
    [[nodiscard]] std::vector<discord::session_record> sessions() const;

    result<std::shared_ptr<record_memory>> create_record(std::uint32_t number, std::uint64_t epoch,
                                                         std::size_t bytes);

    /// What was not flushed is there or not, up to some moment that `luck` chooses.
    void lose_power(std::uint64_t luck);

    bool full = false;
    bool left_in_order = false;  ///< By the host that ended last, and nothing happened since.
    std::map<discord::slot, std::uint64_t> ledger;
    struct identify {
        instant when;
        discord::slot slot;
        sharding::reason why;
    };
    std::vector<identify> identified;  ///< The same, in order.
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::shared_ptr<record_memory>>
        records;  ///< By epoch and number.
    std::map<discord::slot, row> rows;

private:
    [[nodiscard]] result<void> writable() const;
    void remember();

    agenda& time_;
    std::uint64_t incarnation_ = 0;
    std::deque<std::map<discord::slot, row>> earlier_;  // Since the last flush.
};

}  // namespace tinfoil::sim
