#pragma once

#include <unistd.h>
#include <utility>

namespace tinfoil::net {

/// Owns a file descriptor; a negative number is none.
class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor()
    {
        if (number_ >= 0)
            ::close(number_);
    }
    descriptor(descriptor&& other) noexcept : number_(other.release()) {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        if (this != &other) {
            if (number_ >= 0)
                ::close(number_);
            number_ = other.release();
        }
        return *this;
    }

    [[nodiscard]] int number() const { return number_; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

}  // namespace tinfoil::net
