#include "link/codec.hpp"

#include "link/fields.hpp"

#include <array>
#include <type_traits>

namespace tinfoil::link {
namespace {

constexpr std::size_t length_bytes = 4;

// By the order of the variant. Numbers are given once; a message that goes leaves its number
// unused.
constexpr std::array<std::uint16_t, std::variant_size_v<any_message>> kinds{
    1,   2,   3,   4,   6,  // from the host
    32,  33,  34,  35,  38,  39,  40,  41,  42,  43,  44,  45,  46,
    47,  48,  49,                                                    // from a collection
    64,  65,                                                         // either way
    10,  60,  61,  55,  56,  57,  20,  58,  59,  21,  80,  81,  82,  // about plugins
    96,  97,  98,  99,  100, 101, 102, 103,                          // with a worker
    66,  67,  68,  69,  70,                                          // what plugins share
    11,  12,  13,  14,  15,  16,                                     // handoffs, from the host
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123,      // and from a collection
    104, 105, 106};                                                  // with a network manager

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

// Without a default: a new value does not compile before it is here. Its number is its place in
// the list, which a test pins.
bool is_known(errc code)
{
    switch (code) {
    case errc::invalid_argument:
    case errc::token_rejected:
    case errc::gateway_refused:
    case errc::unreachable:
    case errc::certificate_untrusted:
    case errc::certificate_wrong_host:
    case errc::timed_out:
    case errc::malformed:
    case errc::too_large:
    case errc::http_status:
    case errc::io:
    case errc::state_unusable:
    case errc::plugin_refused:
    case errc::cancelled:
        return true;
    }
    return false;
}

class writer {
public:
    static constexpr bool reads = false;

    explicit writer(std::string& to) : to_(to) {}

    template <class... Each>
    void operator()(const Each&... each)
    {
        (put(each), ...);
    }
    void code(errc what) { number(static_cast<std::uint16_t>(what)); }
    void outcome(discord::command_outcome what) { number(static_cast<std::uint8_t>(what)); }
    template <class Choice>
    void choice(Choice what, Choice)
    {
        number(static_cast<std::uint8_t>(what));
    }
    void require(bool) {}

    template <class Number>
    void number(Number value)
    {
        std::array<char, sizeof(Number)> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xFF);
        to_.append(bytes.data(), bytes.size());
    }
    // What is too long for its length is too long for a frame, which is refused as a whole.
    void text(std::string_view what)
    {
        number(static_cast<std::uint32_t>(what.size()));
        to_.append(what);
    }

private:
    template <class T>
    void put(const T& what)
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
            put(what.has_value());
            if (what)
                put(*what);
        } else if constexpr (is_list<T> || std::is_same_v<T, discord::http_headers>) {
            number(static_cast<std::uint32_t>(what.size()));
            for (const auto& each : what)
                put(each);
        } else if constexpr (is_pair<T>) {
            put(what.first);
            put(what.second);
        } else {
            fields(*this, what);
        }
    }

    std::string& to_;
};

// Once something does not fit, nothing is left to read.
class reader {
public:
    static constexpr bool reads = true;

    explicit reader(std::string_view from) : from_(from) {}

    [[nodiscard]] bool failed() const { return failed_; }

    template <class... Each>
    void operator()(Each&... each)
    {
        (take(each), ...);
    }
    void code(errc& what)
    {
        what = static_cast<errc>(number<std::uint16_t>());
        require(is_known(what));
        if (failed_)
            what = errc::malformed;
    }
    void outcome(discord::command_outcome& what)
    {
        const auto value = number<std::uint8_t>();
        require(value < discord::command_outcomes);
        what = static_cast<discord::command_outcome>(failed_ ? 0 : value);
    }
    template <class Choice>
    void choice(Choice& what, Choice last)
    {
        const auto value = number<std::uint8_t>();
        require(value <= static_cast<std::uint8_t>(last));
        what = static_cast<Choice>(failed_ ? 0 : value);
    }
    void require(bool holds)
    {
        if (holds)
            return;
        failed_ = true;
        from_ = {};
    }

    template <class Number>
    Number number()
    {
        require(from_.size() >= sizeof(Number));
        if (failed_)
            return 0;
        std::uint64_t value = 0;
        for (std::size_t i = sizeof(Number); i-- > 0;)
            value = (value << 8) | static_cast<unsigned char>(from_[i]);
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
            what = duration(number<duration::rep>());
        } else if constexpr (is_optional<T>) {
            if (flag())
                take(what.emplace());
        } else if constexpr (std::is_same_v<T, discord::http_headers>) {
            for (std::size_t left = count(); left != 0 && !failed_; --left) {
                std::string name = text();
                what.insert_or_assign(std::move(name), text());
            }
        } else if constexpr (is_list<T>) {
            for (std::size_t left = count(); left != 0 && !failed_; --left)
                take(what.emplace_back());
        } else if constexpr (is_pair<T>) {
            take(what.first);
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
    if constexpr (Index == std::variant_size_v<any_message>) {
        return false;
    } else if (kinds[Index] == kind) {
        fields(from, into.emplace<Index>());
        return true;
    } else {
        return read_message<Index + 1>(kind, from, into);
    }
}

error damaged(const std::string& what)
{
    return {errc::malformed, what +
                                 " on the link is cut or damaged; a plugin may have written into "
                                 "memory that is not its own"};
}

}  // namespace

std::uint16_t kind_of(const message& what)
{
    return kinds[what.index()];
}

result<std::string> encode(const parcel& what)
{
    std::string frame(length_bytes, '\0');
    writer to(frame);
    to(version, kind_of(what.what), what.id, what.epoch, what.deadline_ms, what.hops, what.from);
    std::visit([&](const auto& each) { fields(to, each); }, what.what);
    const std::size_t size = frame.size() - length_bytes;
    if (size > frame_bytes_max)
        return error{errc::too_large, "a message of kind " + std::to_string(kind_of(what.what)) +
                                          " for the link has " + std::to_string(size) +
                                          " bytes, and 64 MiB are permitted; send less at once"};
    std::string length;
    writer(length).number(static_cast<std::uint32_t>(size));
    return frame.replace(0, length_bytes, length);
}

result<parcel> decode(std::string_view body)
{
    reader from(body);
    parcel made;
    std::uint16_t their_version = 0, kind = 0;
    from(their_version);
    if (!from.failed() && their_version != version)
        return error{errc::malformed, "the other side of the link speaks version " +
                                          std::to_string(their_version) + ", this one " +
                                          std::to_string(version) +
                                          "; run the same tinfoil on both sides"};
    from(kind, made.id, made.epoch, made.deadline_ms, made.hops, made.from);
    if (from.failed())
        return damaged("the head of a message");
    if (!read_message(kind, from, made.what))
        return error{errc::malformed, "a message on the link has the unknown kind " +
                                          std::to_string(kind) +
                                          "; run the same tinfoil on both sides"};
    if (from.failed())
        return damaged("a message of kind " + std::to_string(kind));
    return made;
}

}  // namespace tinfoil::link
