#include "link/codec.hpp"

#include "link/fields.hpp"

#include <array>
#include <cstring>
#include <type_traits>

namespace tinfoil::link {
namespace {

// By the order of the variant. Numbers are given once; a message that goes leaves its number
// unused.
constexpr std::array<std::uint16_t, std::variant_size_v<message>> kinds{
    1,  2,  3,  4,  5,  6,                                                    // from the host
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49};  // from a collection

template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;
template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
constexpr bool is_pair = false;
template <class A, class B>
constexpr bool is_pair<std::pair<A, B>> = true;

class writer {
public:
    explicit writer(std::string& to) : to_(to) {}

    template <class... Each>
    void operator()(Each&... each)
    {
        (put(each), ...);
    }
    void code(errc what) { number(static_cast<std::uint16_t>(what)); }
    void require(bool) {}

    template <class Number>
    void number(Number value)
    {
        auto left = static_cast<std::make_unsigned_t<Number>>(value);
        for (std::size_t i = 0; i < sizeof(Number); ++i) {
            to_.push_back(static_cast<char>(left & 0xFF));
            left = static_cast<std::make_unsigned_t<Number>>(static_cast<std::uint64_t>(left) >> 8);
        }
    }
    void text(std::string_view what)
    {
        number(static_cast<std::uint32_t>(what.size()));
        to_.append(what);
    }

private:
    template <class T>
    void put(T& what)
    {
        if constexpr (std::is_same_v<T, bool>) {
            number(static_cast<std::uint8_t>(what ? 1 : 0));
        } else if constexpr (std::is_integral_v<T>) {
            number(what);
        } else if constexpr (std::is_same_v<T, std::string>) {
            text(what);
        } else if constexpr (std::is_same_v<T, redacted>) {
            text(what.reveal());
        } else if constexpr (std::is_same_v<T, duration>) {
            number(what.count());
        } else if constexpr (is_optional<T>) {
            number(static_cast<std::uint8_t>(what ? 1 : 0));
            if (what)
                put(*what);
        } else if constexpr (is_list<T> || std::is_same_v<T, discord::http_headers>) {
            number(static_cast<std::uint32_t>(what.size()));
            for (auto& each : what)
                put(each);
        } else if constexpr (is_pair<T>) {
            text(what.first);
            put(what.second);
        } else {
            fields(*this, what);
        }
    }

    std::string& to_;
};

// Once something does not fit, everything after it reads as empty.
class reader {
public:
    explicit reader(std::string_view from) : from_(from) {}

    [[nodiscard]] bool failed() const { return failed_; }

    template <class... Each>
    void operator()(Each&... each)
    {
        (take(each), ...);
    }
    void code(errc& what)
    {
        const auto value = number<std::uint16_t>();
        require(value <= static_cast<std::uint16_t>(errc::cancelled));
        what = failed_ ? errc::malformed : static_cast<errc>(value);
    }
    void require(bool holds) { failed_ = failed_ || !holds; }

    template <class Number>
    Number number()
    {
        if (from_.size() < sizeof(Number)) {
            failed_ = true;
            from_ = {};
            return 0;
        }
        std::make_unsigned_t<Number> value = 0;
        for (std::size_t i = sizeof(Number); i-- > 0;)
            value = static_cast<std::make_unsigned_t<Number>>(
                (static_cast<std::uint64_t>(value) << 8) | static_cast<unsigned char>(from_[i]));
        from_.remove_prefix(sizeof(Number));
        return static_cast<Number>(value);
    }
    std::string text()
    {
        const std::size_t size = number<std::uint32_t>();
        require(size <= from_.size());
        if (failed_)
            return {};
        std::string what(from_.substr(0, size));
        from_.remove_prefix(size);
        return what;
    }

private:
    bool flag()
    {
        const auto value = number<std::uint8_t>();
        require(value <= 1);
        return value == 1;
    }

    template <class T>
    void take(T& what)
    {
        if constexpr (std::is_same_v<T, bool>) {
            what = flag();
        } else if constexpr (std::is_integral_v<T>) {
            what = number<T>();
        } else if constexpr (std::is_same_v<T, std::string>) {
            what = text();
        } else if constexpr (std::is_same_v<T, redacted>) {
            what = redacted(text());
        } else if constexpr (std::is_same_v<T, duration>) {
            what = duration(number<std::int64_t>());
        } else if constexpr (is_optional<T>) {
            what.reset();
            if (flag() && !failed_)
                take(what.emplace());
        } else if constexpr (std::is_same_v<T, discord::http_headers>) {
            for (std::size_t left = count(); left != 0 && !failed_; --left) {
                std::string name = text();
                what.insert_or_assign(std::move(name), text());
            }
        } else if constexpr (is_list<T>) {
            what.clear();
            for (std::size_t left = count(); left != 0 && !failed_; --left)
                take(what.emplace_back());
        } else if constexpr (is_pair<T>) {
            what.first = text();
            take(what.second);
        } else {
            fields(*this, what);
        }
    }

    // Every item takes a byte at least, so a count that lies is found before anything is made.
    std::size_t count()
    {
        const std::size_t items = number<std::uint32_t>();
        require(items <= from_.size());
        return failed_ ? 0 : items;
    }

    std::string_view from_;
    bool failed_ = false;
};

template <std::size_t Index = 0>
bool read_message(std::uint16_t kind, reader& from, message& into)
{
    if constexpr (Index == std::variant_size_v<message>) {
        return false;
    } else if (kinds[Index] == kind) {
        fields(from, into.emplace<Index>());
        return true;
    } else {
        return read_message<Index + 1>(kind, from, into);
    }
}

}  // namespace

std::uint16_t kind_of(const message& what)
{
    return kinds[what.index()];
}

result<std::string> encode(const parcel& what)
{
    std::string frame(4, '\0');
    writer to(frame);
    to.number(version);
    to.number(kind_of(what.what));
    to.number(what.id);
    to.number(what.epoch);
    to.number(what.deadline_ms);
    to.number(what.hops);
    to.text(what.from);
    // One definition of the members serves reading, too, so it takes them as they may be changed.
    message copy = what.what;
    std::visit([&](auto& each) { fields(to, each); }, copy);
    const std::size_t size = frame.size() - 4;
    if (size > frame_bytes_max)
        return error{errc::too_large,
                     "a message between host and collection is larger than 64 MiB"};
    for (std::size_t i = 0; i < 4; ++i)
        frame[i] = static_cast<char>((size >> (8 * i)) & 0xFF);
    return frame;
}

result<parcel> decode(std::string_view body)
{
    reader from(body);
    parcel made;
    if (const auto their = from.number<std::uint16_t>(); their != version)
        return error{errc::malformed, "the other side of the link speaks version " +
                                          std::to_string(their) + ", this one " +
                                          std::to_string(version) +
                                          "; run the same tinfoil on both"};
    const auto kind = from.number<std::uint16_t>();
    made.id = from.number<std::uint64_t>();
    made.epoch = from.number<std::uint64_t>();
    made.deadline_ms = from.number<std::uint32_t>();
    made.hops = from.number<std::uint16_t>();
    made.from = from.text();
    if (!from.failed() && !read_message(kind, from, made.what))
        return error{errc::malformed,
                     "a message of the unknown kind " + std::to_string(kind) + " on the link"};
    if (from.failed())
        return error{errc::malformed, "a message of kind " + std::to_string(kind) +
                                          " on the link is cut or damaged"};
    return made;
}

}  // namespace tinfoil::link
