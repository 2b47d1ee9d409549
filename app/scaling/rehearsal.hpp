#pragma once

#include "base/random.hpp"
#include "scaling/curve.hpp"
#include "scaling/load_book.hpp"
#include "scaling/scaler.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tinfoil::scaling {

/// A bot that a rehearsal pretends to be: what is true in it, which the scaler only hears of as
/// samples with noise.
struct stage {
    struct collection {
        std::uint32_t number = 0;
        bool is_up = true;
        std::int64_t until_s = 0;  ///< When one that is not up is back.
        int percent = 100;         ///< Of the usual time.
    };
    struct shard {
        discord::slot slot;
        std::uint32_t collection = 0;
        micro load = 0;  ///< At the speed of a collection that is not slow.
        std::array<micro, 2> halves{};
        discord::snowflake heaviest_guild;
        micro heaviest = 0;
        std::uint32_t guilds = 0;
    };
    std::int64_t now_s = 0;
    std::vector<collection> collections;  ///< By number.
    std::vector<shard> shards;            ///< All that serve; nobody keeps them in order.
    int starts_left = 0, reserve = 0;
    std::vector<micro> guild_loads;  ///< In the order of the curve's guilds; 0 before they join.

    [[nodiscard]] const collection* find(std::uint32_t number) const;
    /// As loop time where it is.
    [[nodiscard]] micro load_of(const shard& which) const;
};

/// Something that was decided in a rehearsal, and what became of it.
struct rehearsed {
    std::int64_t at_s = 0;
    decided what;
    std::int64_t ended_s = -1;  ///< -1: not yet, or it was advice.
    bool has_failed = false;
};

/// Plays a load curve to a scaler in virtual time, does what it decides and lets happen what the
/// curve says. The scaler, the averages and the decisions are those of a host; what is pretended is
/// the world: a move takes 2 s, a collection 8 s to begin, a handoff what its price says.
///
/// What is decided is done as it says, right or wrong: whoever watches checks the stage.
class rehearsal {
public:
    /// The same curve and seed, the same rehearsal.
    rehearsal(curve what, std::uint64_t seed);

    /// A look of the scaler on; false when the curve has ended.
    bool step();

    [[nodiscard]] const stage& now() const { return stage_; }
    [[nodiscard]] const curve& played() const { return curve_; }
    /// All that was decided so far.
    [[nodiscard]] const std::vector<rehearsed>& decisions() const { return decisions_; }
    /// When something sudden last changed: a happening, or an action that was done.
    [[nodiscard]] std::int64_t changed_s() const { return changed_s_; }

private:
    struct acting {
        std::size_t decision = 0;  ///< Its place in decisions_.
        std::size_t next = 0;      ///< The action that is being done.
        std::int64_t until_s = 0;
        std::vector<outcome> outcomes;
    };

    [[nodiscard]] instant time() const { return instant{std::chrono::seconds(stage_.now_s)}; }
    void happen();
    void come_back();
    void weigh();
    void send_samples(std::int64_t seconds);
    void look();
    [[nodiscard]] situation seen();
    void begin_action();
    void act();
    [[nodiscard]] outcome perform(const action& what);
    [[nodiscard]] std::int64_t length_of(const action& what) const;
    void feed(const scaler_input& what);

    curve curve_;
    random_source random_;
    stage stage_;
    load_book book_;
    scaler scaler_;
    std::vector<micro> levels_;  ///< Of the guilds, without the hour of the day.
    std::size_t happened_ = 0;
    std::int64_t changed_s_ = 0, weighed_s_ = -1;
    std::vector<rehearsed> decisions_;
    std::optional<acting> acting_;
};

}  // namespace tinfoil::scaling
