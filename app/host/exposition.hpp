#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tinfoil::host {

/// Writes Prometheus' text format
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
class exposition {
public:
    using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// Samples that follow are of this one. A counter's name ends in `_total`.
    exposition& counter(std::string_view name, std::string_view help);
    exposition& gauge(std::string_view name, std::string_view help);

    exposition& sample(labels with, double value);
    exposition& sample(labels with, std::uint64_t value);
    template <class Number>
    exposition& sample(Number value)
    {
        return sample({}, value);
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    exposition& family(std::string_view name, std::string_view kind, std::string_view help);
    void begin_sample(labels with);

    std::string text_;
    std::string name_;
};

}  // namespace tinfoil::host
