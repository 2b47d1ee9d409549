#pragma once

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <tinfoil/recycler.hpp>
#include <utility>
#include <vector>

namespace tinfoil::detail {

/// A parsed JSON text whose values lie in a few blocks of its own and are never destroyed one by
/// one, which is what makes a document of an event cheap. What is copied out of it, in whatever
/// way, has memory of its own and may outlive it.
class document {
public:
    document() = default;
    document(const document&) = delete;
    document& operator=(const document&) = delete;

    [[nodiscard]] bool is_parsed() const { return root_ != nullptr; }
    /// Text that is no JSON becomes null.
    void parse(std::string_view text)
    {
        // A document takes three to five times its text.
        next_block_ = text.size() * 4 + 512;
        const parsing own(*this);
        if (text.size() <= usual_bytes && recycler::is_home()) {
            static boost::json::parser one;
            return parse(text, one);
        }
        boost::json::parser one;
        parse(text, one);
    }
    [[nodiscard]] const boost::json::value& root() const { return *root_; }
    /// As new. One block of what it had remains for the next text, if it is not large.
    void clear()
    {
        constexpr std::size_t kept_max = std::size_t{64} << 10;
        root_ = nullptr;
        next_ = end_ = 0;
        if (blocks_.empty())
            return;
        // Each is as large as those before it, or larger.
        block last = std::move(blocks_.back());
        blocks_.clear();
        if (last.bytes > kept_max)
            return;
        begin(last);
        blocks_.push_back(std::move(last));
    }

private:
    // What the home thread's parser has been given at most, which keeps its own memory small.
    static constexpr std::size_t usual_bytes = std::size_t{256} << 10;

    void parse(std::string_view text, boost::json::parser& with)
    {
        // Leaves nothing of this text behind, whose memory is the document's.
        struct emptied {
            boost::json::parser& what;
            ~emptied() { what.reset(); }
        } const after{with};
        with.reset(memory());
        boost::json::error_code failed;
        with.write({text.data(), text.size()}, failed);
        root_ = ::new (allocate(sizeof(boost::json::value), alignof(boost::json::value)))
            boost::json::value(memory());
        if (!failed)
            *const_cast<boost::json::value*>(root_) = with.release();
    }

    // Values carry it wherever they are copied to, so there is one for ever. While a document is
    // parsed its memory is the document's; all else is a copy's.
    class resource final : public boost::json::memory_resource {
        void* do_allocate(std::size_t bytes, std::size_t alignment) override
        {
            document* const own = current();
            return own == nullptr ? ::operator new(bytes) : own->allocate(bytes, alignment);
        }
        void do_deallocate(void* at, std::size_t, std::size_t) override
        {
            if (current() == nullptr)
                ::operator delete(at);
        }
        bool do_is_equal(const memory_resource& other) const noexcept override
        {
            return this == &other;
        }
    };
    static boost::json::storage_ptr memory()
    {
        // Never destroyed: a static of the plugin may hold a copy until the very end.
        alignas(resource) static unsigned char place[sizeof(resource)];
        static resource* const one = ::new (place) resource;
        return one;
    }

    struct parsing {
        explicit parsing(document& of) : before_(std::exchange(current(), &of)) {}
        parsing(const parsing&) = delete;
        parsing& operator=(const parsing&) = delete;
        ~parsing() { current() = before_; }
        document* before_;
    };
    // What is parsed on this thread. In a library that is loaded at run time, what belongs to a
    // thread takes a call to find, and this is looked at for each value.
    static document*& current()
    {
        if (recycler::is_home())
            return at_home;
        static thread_local document* elsewhere = nullptr;
        return elsewhere;
    }
    static inline document* at_home = nullptr;

    void* allocate(std::size_t bytes, std::size_t alignment)
    {
        std::uintptr_t at = (next_ + alignment - 1) & ~(alignment - 1);
        if (at + bytes > end_ || at == 0) {
            if (next_block_ < bytes + alignment)
                next_block_ = bytes + alignment;
            block made{std::unique_ptr<unsigned char[]>(new unsigned char[next_block_]),
                       next_block_};
            begin(made);
            blocks_.push_back(std::move(made));
            at = (next_ + alignment - 1) & ~(alignment - 1);
        }
        next_ = at + bytes;
        return reinterpret_cast<void*>(at);
    }

    struct block {
        std::unique_ptr<unsigned char[]> memory;
        std::size_t bytes;
    };
    void begin(const block& with)
    {
        next_ = reinterpret_cast<std::uintptr_t>(with.memory.get());
        end_ = next_ + with.bytes;
    }

    const boost::json::value* root_ = nullptr;
    std::vector<block> blocks_;
    std::uintptr_t next_ = 0, end_ = 0;
    std::size_t next_block_ = 0;
};

}  // namespace tinfoil::detail
