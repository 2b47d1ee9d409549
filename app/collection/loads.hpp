#pragma once

#include "collection/supervision.hpp"
#include "net/stopwatch.hpp"
#include "scaling/meter.hpp"
#include "scaling/unit_price.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tinfoil::collection {

/// What the shards of a collection take of its loop: measures around each event what handling it
/// takes, and each second what the thread has taken in all. What that is more is decoding, shared
/// out by bytes, and what plugins did outside of events, shared out by the events they got; so a
/// handler that waits for an answer before it works is its shard's load too. One of `sampled_each`
/// events, and each large one, is looked at: what tinfoil itself takes for it, which is about the
/// same for all others and less than it takes to measure, and which guild it is of.
///
/// Threads: the loop's.
class loads {
public:
    static constexpr std::uint32_t sampled_each = 8;

    /// `seed`: of which events are looked at.
    explicit loads(std::uint64_t seed) : sampling_(seed | 1U) {}

    /// A shard of the collection, while it lives.
    class place {
    public:
        place(loads& of, discord::slot slot) : of_(of), handle_(of.meter_.open(slot)) {}
        ~place() { of_.meter_.close(handle_); }
        place(const place&) = delete;
        place& operator=(const place&) = delete;

        void has(std::uint32_t guilds, std::uint32_t voice_channels)
        {
            of_.meter_.has(handle_, guilds, voice_channels);
        }
        [[nodiscard]] scaling::meter::handle handle() const { return handle_; }

    private:
        loads& of_;
        scaling::meter::handle handle_;
    };

    /// Plugins are in this process from now on. It outlives this.
    void watch(const supervision& plugins);

    /// An event, `data` of `waited` ago; end_event() follows in the same turn of the loop. Without
    /// a place it belongs to no shard, as of the newer side of a handoff.
    void begin_event(const std::optional<place>& of, std::string_view data, duration waited);
    /// So many plugins got it.
    void delivered(std::uint64_t plugins) { delivered_ += plugins; }
    /// About how long handling it took.
    duration end_event();

    /// All since the last one. `cpu`: what the thread has taken since it began; `late`: the loop.
    [[nodiscard]] scaling::load_sample take(instant now, duration cpu, duration late);

private:
    [[nodiscard]] bool is_sampled();
    [[nodiscard]] duration plugins_busy() const
    {
        return plugins_ == nullptr ? duration{} : plugins_->busy();
    }

    // More than the slowest build takes for either.
    static constexpr duration byte_most = std::chrono::nanoseconds(50);
    static constexpr duration delivery_most = std::chrono::milliseconds(10);
    // Of one that is no larger, tinfoil's own part depends on nothing.
    static constexpr std::size_t small_bytes = 4U << 10;

    scaling::meter meter_;
    scaling::unit_price decoding_{byte_most}, later_{delivery_most};
    const supervision* plugins_ = nullptr;
    std::uint64_t sampling_;

    // The event at hand.
    std::optional<scaling::meter::handle> handle_;
    scaling::metered event_;
    net::stopwatch since_;
    duration plugins_before_event_{};
    std::uint64_t delivered_ = 0;
    bool is_timed_ = false;
    duration own_{};  // What tinfoil takes for a small one, smoothed.

    // Since the last sample.
    duration handled_{}, in_events_{}, counted_{};
    std::uint64_t bytes_ = 0, deliveries_ = 0;
    std::optional<instant> last_;
    duration cpu_before_{}, plugins_before_{};
};

}  // namespace tinfoil::collection
