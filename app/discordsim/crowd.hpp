#pragma once

#include "base/random.hpp"
#include "base/time.hpp"
#include "discordsim/world.hpp"

#include <cstdint>
#include <vector>

namespace tinfoil::discordsim {

/// How people live when there are so many of them that nobody looks at each.
struct habits {
    bool mix = false;      ///< They do everything that people do; otherwise they only talk.
    double zipf = 0;       ///< Exponent of the law that guilds are busy by; 0: all are alike.
    double day_curve = 0;  ///< In [0, 1]: how far it goes up and down in the course of a day.
    bool bursts = false;   ///< Now and then a guild is twenty times as busy for a minute.
};

/// What one of a crowd does.
enum class deed {
    changes_presence,
    talks,
    types,
    reacts,
    changes_member,
    changes_voice,
    edits,
    removes_message,
    removes_reaction,
};

/// Draws who of the crowd does what. The same seed draws the same, whatever else happens.
class crowd {
public:
    crowd(habits how, std::uint64_t seed) : random(~seed), habits_(how), hours_(~seed + 1) {}

    /// How much happens now for what happens on average.
    [[nodiscard]] double pace(const world& of, instant now);
    /// Of the world's guilds, of which there is at least one.
    [[nodiscard]] std::size_t next_guild(const world& of, random_source& from);
    [[nodiscard]] deed next_deed();

    random_source random;

private:
    struct burst {
        std::size_t guild;  ///< Its place.
        discord::snowflake id;
        instant until;
    };

    void look(const world& of);
    void renew_bursts(const world& of, instant now);
    void sum_bursts(const world& of);

    habits habits_;
    random_source hours_;        ///< When bursts begin; time must not change what is drawn.
    std::vector<double> up_to_;  ///< How busy the guilds up to each place are together.
    std::uint64_t looked_at_ = ~0ULL;
    std::vector<burst> bursts_;
    double more_ = 0;  ///< What the bursts add.
    instant next_burst_{};
};

}  // namespace tinfoil::discordsim
