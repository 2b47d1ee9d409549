#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinfoil::plugin {

/// The bytes of a shared library for this machine, looked at without loading it. Every offset is
/// checked against the size, so that a cut, damaged or hostile file is an error and never more: the
/// system's loader answers a file that ends too early with SIGBUS.
class elf_file {
public:
    struct segment {
        std::uint32_t type = 0;
        std::uint64_t offset = 0, address = 0, bytes = 0, align = 0;
    };

    /// `bytes` outlive it. Fails with errc::malformed when there is less of it than there should
    /// be, as of a file that is being written, else with errc::plugin_refused; both say what to do.
    [[nodiscard]] static result<elf_file> open(std::string_view bytes);

    [[nodiscard]] const std::vector<segment>& segments() const { return segments_; }
    [[nodiscard]] std::string_view content(const segment& of) const
    {
        return bytes_.substr(of.offset, of.bytes);
    }
    /// What of the file lies at that address when it is loaded, from there to the end of its
    /// segment; empty when nothing does.
    [[nodiscard]] std::string_view at(std::uint64_t address) const;

    /// A value of these bytes; nothing when they end before it does.
    template <class T>
    [[nodiscard]] static std::optional<T> read(std::string_view from, std::uint64_t offset)
    {
        T value;
        if (offset > from.size() || sizeof value > from.size() - offset)
            return std::nullopt;
        std::memcpy(&value, from.data() + offset, sizeof value);
        return value;
    }

private:
    std::string_view bytes_;
    std::vector<segment> segments_;
};

/// What an operator wants to know of a plugin file before any code of it runs.
struct elf_facts {
    std::vector<std::string> needed;   ///< Libraries, as it names them.
    std::string runpath;               ///< May be empty.
    std::vector<std::string> exports;  ///< Symbols that it defines for others.
    std::vector<std::string> unique;   ///< Those of them that may keep it in memory for good.
    bool never_unloads = false;        ///< DF_1_NODELETE.
    std::uint64_t initialisers = 0;    ///< Functions that run when it is loaded.
    std::string build_id;              ///< Hexadecimal; may be empty.
};

/// Total: what is missing or broken is left out. Lists have `elf_names_max` elements at most.
[[nodiscard]] elf_facts read_facts(const elf_file& of);
inline constexpr std::size_t elf_names_max = 1000;

/// Why such a file may stay mapped when it is unloaded; empty when nothing of it says so.
[[nodiscard]] std::string why_kept(const elf_facts& of);

}  // namespace tinfoil::plugin
