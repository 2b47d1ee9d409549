#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tinfoil/core.hpp>
#include <tinfoil/event.hpp>
#include <tinfoil/interaction.hpp>
#include <tinfoil/manifest.hpp>
#include <tinfoil/task.hpp>
#include <utility>
#include <vector>

namespace tinfoil {

using event_handler = std::function<task<>(event)>;
using interaction_handler = std::function<task<>(interaction)>;

namespace detail {

inline std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

/// A task that waits for an event.
class listener {
public:
    listener() = default;
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    virtual ~listener() = default;

    /// Whether it is what the task waits for. Then it goes on; the listener may be gone.
    virtual bool hear(const event& what) = 0;
};

/// A handler of events. It gets an event of its own, in one step.
class event_call {
public:
    event_call() = default;
    event_call(const event_call&) = delete;
    event_call& operator=(const event_call&) = delete;
    virtual ~event_call() = default;
    virtual task<> begin(const event& what) = 0;
};
template <class Handler>
class event_call_of final : public event_call {
public:
    explicit event_call_of(Handler what) : call_(std::move(what)) {}
    task<> begin(const event& what) override { return call_(event(what)); }

private:
    Handler call_;
};

/// Who is called for what. What the table of the plugin lacks is refused.
class handlers {
public:
    handlers(core& own, const about& info) : own_(&own), info_(&info) {}

    template <class Handler>
    void add(event_types::type type, Handler what)
    {
        if (std::find(info_->events.begin(), info_->events.end(), type) == info_->events.end())
            throw std::logic_error("a handler for " + std::string(name_of(type)) +
                                   " needs event::" + lower(name_of(type)) +
                                   " in .events of its table");
        known& own = known_as(type);
        own.all.push_back(std::make_unique<event_call_of<Handler>>(std::move(what)));
    }
    void add_command(command_type type, std::string_view path, interaction_handler what)
    {
        if (!find_options(type, path))
            throw std::logic_error(missing(type, path));
        interactions_.push_back({kind::command, type, std::string(path), "", std::move(what)});
    }
    void add_autocomplete(std::string_view path, std::string_view option, interaction_handler what)
    {
        const auto options = find_options(command_type::chat, path);
        if (!options)
            throw std::logic_error(missing(command_type::chat, path));
        if (std::none_of(options->begin(), options->end(), [&](const command_option& each) {
                return each.autocomplete && option == each.name;
            }))
            throw std::logic_error("autocomplete of /" + std::string(path) + " needs {.name = \"" +
                                   std::string(option) +
                                   "\", .description = \"...\", .autocomplete = true} in .options "
                                   "of that command in its table");
        interactions_.push_back({kind::autocomplete, command_type::chat, std::string(path),
                                 std::string(option), std::move(what)});
    }
    void add_custom(interaction_type type, std::string_view name, interaction_handler what)
    {
        if (name.empty() || name.find(':') != std::string_view::npos)
            throw std::logic_error("\"" + std::string(name) +
                                   "\" can't name a component or a modal: give it one without ':'");
        interactions_.push_back(
            {type == interaction_type::component ? kind::component : kind::modal,
             command_type::chat, std::string(name), "", std::move(what)});
    }

    void begin_listening(listener& who) { listeners_.push_back(&who); }
    void end_listening(listener& who)
    {
        // A place is cleared and not removed, as tell() may be going through them.
        std::replace(listeners_.begin(), listeners_.end(), &who, static_cast<listener*>(nullptr));
    }

    /// Those of one type of event.
    struct known {
        std::string_view name;
        bool is_interaction;
        std::vector<std::unique_ptr<event_call>> all;
    };
    /// Nothing: nobody handles events of that type.
    [[nodiscard]] const known* find(std::string_view type) const
    {
        const digest wanted = digest_of(type);
        for (const auto& [sum, own] : by_type_)
            if (sum == wanted && (sum.is_whole() || own->name == type))
                return own.get();
        return nullptr;
    }

    /// Starts all that the event is for; `own` is what find() says of its type.
    void handle(const event& what, const known* own)
    {
        if (own != nullptr && !own->is_interaction && listeners_.empty())
            return start_all(what, *own);
        const bool is_interaction = what.name() == name_of(event_types::interaction_create);
        if (tell(what, is_interaction) && is_interaction)
            return;
        if (own != nullptr)
            start_all(what, *own);
        if (is_interaction && !handle_interaction(interaction(*own_, what)) && own == nullptr)
            own_->log(TINFOIL_WARNING, "nothing handles the " + describe(interaction(*own_, what)));
    }

private:
    enum class kind { command, autocomplete, component, modal };
    struct entry {
        kind what;
        command_type type;
        std::string name, option;
        interaction_handler handler;
    };

    // Enough of a name to tell it from nearly all others at a glance: its ends, and its length.
    struct digest {
        std::uint64_t first = 0, last = 0;
        std::size_t length = 0;
        bool operator==(const digest&) const = default;
        /// Two that are equal are of one name.
        [[nodiscard]] bool is_whole() const { return length <= sizeof first + sizeof last; }
    };
    static digest digest_of(std::string_view name)
    {
        digest made{0, 0, name.size()};
        constexpr std::size_t word = sizeof made.first;
        if (name.size() >= word) {
            std::memcpy(&made.first, name.data(), word);
            std::memcpy(&made.last, name.data() + name.size() - word, word);
        } else if (!name.empty()) {
            std::memcpy(&made.first, name.data(), name.size());
        }
        return made;
    }
    known& known_as(event_types::type type)
    {
        const std::string_view name = name_of(type);
        for (const auto& [sum, own] : by_type_)
            if (own->name == name)
                return *own;
        by_type_.emplace_back(
            digest_of(name),
            std::make_unique<known>(known{name, type == event_types::interaction_create, {}}));
        return *by_type_.back().second;
    }
    // Whoever is added meanwhile gets the next.
    void start_all(const event& what, const known& own)
    {
        const std::size_t count = own.all.size();
        for (std::size_t at = 0; at < count; ++at)
            start(what, own.all[at]->begin(what));
    }

    // True when somebody waited for it. An interaction is for one alone; and whoever begins to
    // listen now waits for the next.
    bool tell(const event& what, bool for_one)
    {
        bool heard = false;
        const std::size_t now = listeners_.size();
        for (std::size_t at = 0; at < now && !(heard && for_one); ++at)
            heard = (listeners_[at] != nullptr && listeners_[at]->hear(what)) || heard;
        std::erase(listeners_, nullptr);
        return heard;
    }

    static std::string describe(const interaction& what)
    {
        switch (what.type()) {
        case interaction_type::component:
            return "component " + std::string(what.custom_id());
        case interaction_type::modal_submit:
            return "modal " + std::string(what.custom_id());
        case interaction_type::autocomplete:
            return "autocomplete of /" + what.path() + " " + std::string(what.focused());
        default:
            return "command " + what.path();
        }
    }

    bool handle_interaction(const interaction& what)
    {
        const interaction_type type = what.type();
        const bool has_path =
            type == interaction_type::command || type == interaction_type::autocomplete;
        const std::string path = has_path ? what.path() : std::string();
        bool is_handled = false;
        for (const entry& each : interactions_)
            if (each.what == kind_of(type) && is_for(each, what, path)) {
                is_handled = true;
                start(what, each.handler(what));
            }
        return is_handled;
    }
    static kind kind_of(interaction_type type)
    {
        switch (type) {
        case interaction_type::autocomplete:
            return kind::autocomplete;
        case interaction_type::component:
            return kind::component;
        case interaction_type::modal_submit:
            return kind::modal;
        default:
            return kind::command;
        }
    }
    [[nodiscard]] bool is_for(const entry& which, const interaction& what,
                              std::string_view path) const
    {
        if (which.what == kind::component || which.what == kind::modal) {
            const std::string begin = std::string(info_->name) + ":" + which.name;
            const std::string_view id = what.custom_id();
            return id.starts_with(begin) && (id.size() == begin.size() || id[begin.size()] == ':');
        }
        if (which.what == kind::autocomplete && which.option != what.focused())
            return false;
        if (which.type != what.kind())
            return false;
        // Of a command with subcommands, or of one of them.
        return path == which.name ||
               (path.starts_with(which.name) && path[which.name.size()] == ' ');
    }

    void start(const event& what, task<> work)
    {
        own_->spawn(std::move(work), core::part_of::event, handler_of{what});
    }
    struct handler_of {
        const event& what;

        std::string operator()() const
        {
            return "the handler of " + std::string(what.name()) +
                   (what.id() == 0 ? "" : " " + std::to_string(what.id()));
        }
        [[nodiscard]] auto kept() const
        {
            return [what = what] { return handler_of{what}(); };
        }
    };

    // Of the command with that path; nothing when the table has none.
    [[nodiscard]] std::optional<std::initializer_list<command_option>>
    find_options(command_type type, std::string_view path) const
    {
        const auto word = [&] {
            const auto end =
                type == command_type::chat ? std::min(path.find(' '), path.size()) : path.size();
            const std::string_view first = path.substr(0, end);
            path.remove_prefix(std::min(end + 1, path.size()));
            return first;
        };
        const std::string_view name = word();
        for (const command_info& each : info_->commands) {
            if (each.type != type || name != each.name)
                continue;
            std::initializer_list<command_option> at = each.options;
            while (!path.empty()) {
                const std::string_view next = word();
                const auto found = std::find_if(at.begin(), at.end(), [&](const auto& one) {
                    return next == one.name &&
                           (one.type == option::subcommand || one.type == option::group);
                });
                if (found == at.end())
                    return std::nullopt;
                at = found->options;
            }
            return at;
        }
        return std::nullopt;
    }
    static std::string missing(command_type type, std::string_view path)
    {
        const std::string whole(path);
        const auto space = type == command_type::chat ? whole.find(' ') : std::string::npos;
        if (space != std::string::npos)
            return "a handler for /" + whole + " needs {.name = \"" +
                   whole.substr(whole.rfind(' ') + 1) +
                   "\", .description = \"...\", .type = option::subcommand} in .options of /" +
                   whole.substr(0, whole.rfind(' ')) + " in .commands of its table";
        if (type == command_type::chat)
            return "a handler for /" + whole + " needs {.name = \"" + whole +
                   "\", .description = \"...\"} in .commands of its table";
        return "a handler for \"" + whole + "\" in the menu of a " +
               (type == command_type::user ? "user" : "message") + " needs {.name = \"" + whole +
               "\", .type = command_type::" + (type == command_type::user ? "user" : "message") +
               "} in .commands of its table";
    }

    core* own_;
    const about* info_;
    std::vector<std::pair<digest, std::unique_ptr<known>>> by_type_;
    std::deque<entry> interactions_;  // A deque, as a handler that runs lies in its place.
    std::vector<listener*> listeners_;
};

/// What `co_await next(...)` waits with: a timer that an event may come before.
template <class Predicate>
class [[nodiscard]] next_event : public waiter, private listener {
public:
    next_event(core& own, handlers& from, event_types::type type, Predicate wanted,
               std::chrono::milliseconds time)
        : waiter(own),
          from_(&from),
          type_(type),
          wanted_(std::move(wanted)),
          time_(time)
    {
    }
    next_event(next_event&& other) noexcept
        : waiter(std::move(other)),
          from_(other.from_),
          type_(other.type_),
          wanted_(std::move(other.wanted_)),
          time_(other.time_)
    {
    }
    next_event& operator=(next_event&&) = delete;
    ~next_event() override
    {
        if (is_listening_)
            from_->end_listening(*this);
    }

    auto await_resume()
    {
        if (is_listening_)
            from_->end_listening(*this);
        is_listening_ = false;
        if (status_ < 0 && !heard_)
            throw std::runtime_error("waiting for an event: " + body_);
        return std::move(heard_);
    }

private:
    using heard = std::conditional_t<std::is_invocable_v<Predicate&, const interaction&> &&
                                         !std::is_invocable_v<Predicate&, const event&>,
                                     interaction, event>;

    tinfoil_op begin(std::uint64_t tag) override
    {
        const auto ms = std::max<std::int64_t>(time_.count(), 0);
        const tinfoil_op op =
            own_->host().timer(own_->host().context, static_cast<std::uint64_t>(ms), tag);
        is_listening_ = op != 0;
        if (is_listening_)
            from_->begin_listening(*this);
        return op;
    }
    bool hear(const event& what) override
    {
        if (what.name() != name_of(type_))
            return false;
        if constexpr (std::is_same_v<heard, interaction>) {
            interaction used(*own_, what);
            if (!wanted_(used))
                return false;
            heard_.emplace(std::move(used));
        } else {
            if (!wanted_(what))
                return false;
            heard_.emplace(what);
        }
        from_->end_listening(*this);
        is_listening_ = false;
        resume_now();
        return true;
    }

    handlers* from_;
    event_types::type type_;
    Predicate wanted_;
    std::chrono::milliseconds time_;
    std::optional<heard> heard_;
    bool is_listening_ = false;
};

/// Whether it is a use of that message's components, and the one who asks wants it.
template <class Predicate>
struct component_of {
    snowflake message;
    Predicate wanted;
    bool operator()(const interaction& what)
    {
        const auto own = what.message();
        return what.type() == interaction_type::component && own && own->id() == message &&
               wanted(what);
    }
};
template <class Predicate>
struct modal_of {
    std::string custom_id;
    Predicate wanted;
    bool operator()(const interaction& what)
    {
        return what.type() == interaction_type::modal_submit && what.custom_id() == custom_id &&
               wanted(what);
    }
};

}  // namespace detail
}  // namespace tinfoil
