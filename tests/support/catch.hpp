#pragma once

// The one place that knows which Catch2 this is: Debian 12 has 2.13.
#include "base/error.hpp"

#include <catch2/catch.hpp>

/// A failed check of a result shows its error.
template <class T>
struct Catch::StringMaker<boost::system::result<T, tinfoil::error>, void> {
    static std::string convert(const boost::system::result<T, tinfoil::error>& from)
    {
        return from.has_value() ? "a value" : from.error().detail;
    }
};
