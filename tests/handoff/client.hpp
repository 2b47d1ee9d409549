#pragma once

#include "handoff/handoff.hpp"
#include "handoff/world.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tinfoil::handoff_sim {

/// What a driver of the machine does, around it: payloads that are held, the record on the disk,
/// commands and voice of plugins, and a process that dies. Keeps what plugins got, and whatever it
/// saw go against the machine's contract.
class client final : public world::owner {
public:
    explicit client(world& around);

    struct output {
        deed_of what;
        instant at{};
        bool from_newer = false;
    };
    [[nodiscard]] const std::vector<output>& got(std::size_t stream) const { return got_[stream]; }
    [[nodiscard]] const std::vector<std::string>& breaches() const { return breaches_; }
    /// Says what is left undone at the end.
    void end();

    [[nodiscard]] bool is_committed() const { return closed_at_.has_value(); }
    /// When the older side was closed.
    [[nodiscard]] std::optional<instant> closed_at() const { return closed_at_; }
    [[nodiscard]] std::optional<instant> opened_at() const { return opened_at_; }
    [[nodiscard]] const std::optional<handoff::report>& ended() const { return report_; }
    [[nodiscard]] const std::set<handoff::stream_id>& gaps() const { return gaps_; }
    /// Streams that the commit had to guess.
    [[nodiscard]] std::set<handoff::stream_id> guessed() const;
    [[nodiscard]] int crashes() const { return crashes_; }
    [[nodiscard]] std::uint64_t records_advanced() const { return records_advanced_; }
    [[nodiscard]] handoff::counters late() const { return late_; }

private:
    void on_delivery(const delivery& what) override;
    void on_ready(std::size_t session) override;
    void on_interrupted(std::size_t session) override;
    void on_resumed(std::size_t session) override;
    void on_lost(std::size_t session, bool is_final) override;

    void feed(const handoff::input& what);
    void act(const handoff::action& what);
    void arm();
    void deliver_to_plugins(const deed_of& what, bool from_newer);
    void on_deliver(const handoff::deliver& what);
    void on_report(const handoff::report& what);
    [[nodiscard]] handoff::commit_record kept(const handoff::commit_record& what) const;
    void write_record(const handoff::commit_record& what);
    void advance_record_soon();
    void close_older();
    void plan_plugin();
    void repeat_commands();
    void ask_for_plugin(std::uint64_t command, bool newer);
    void step();  ///< One of those before which the process may die.
    void crash();
    void restart();
    void breach(const std::string& what) { breaches_.push_back(what); }
    [[nodiscard]] handoff::session session_of(std::size_t index) const;
    [[nodiscard]] std::size_t index_of(handoff::session which) const;

    world& around_;
    handoff::event_reader reader_;
    handoff::settings settings_;
    std::unique_ptr<handoff::handoff> machine_;
    std::optional<instant> armed_;
    std::uint32_t life_ = 1;
    bool is_running_ = true;

    std::vector<std::vector<output>> got_;
    std::vector<std::string> breaches_;
    std::map<std::pair<std::uint32_t, std::int64_t>, deed_of> held_;
    delivery current_;        // What is being told, if anything.
    bool is_passed_ = false;  // It was delivered or held.
    bool is_frozen_ = false;

    // What outlives the process: the record of the commit, and what the flight recorder has.
    std::optional<handoff::commit_record> record_;
    std::vector<std::int64_t> cursors_;  // Of older sessions.
    std::set<std::pair<std::uint32_t, std::int64_t>> handled_;
    bool is_settled_ = false;

    int crash_in_ = -1;  // Steps of the commit; negative: it does not die there.
    int crashes_ = 0, crashes_left_ = 0;
    std::optional<instant> opened_at_, closed_at_;
    std::optional<handoff::report> report_;
    handoff::counters late_;
    std::set<handoff::stream_id> gaps_;
    bool journal_fails_ = false;

    struct command {
        discord::snowflake guild;
        bool is_answered = false, is_on_newer = false;
    };
    std::map<std::uint64_t, command> commands_;
    int rejoined_ = 0;
    std::uint64_t records_advanced_ = 0;
};

}  // namespace tinfoil::handoff_sim
