#include "plugin/exchange.hpp"

#include <algorithm>
#include <utility>

namespace tinfoil::plugin {
namespace {

using std::chrono::milliseconds;

std::string copy(tinfoil_str text)
{
    return text.len == 0 ? std::string() : std::string(text.ptr, text.len);
}

tinfoil_str borrow(std::string_view text)
{
    return {text.data(), text.size()};
}

// Longer than anything permits is as good as any other such length, and can be counted.
duration length_of(std::uint64_t ms)
{
    constexpr std::uint64_t century_ms = 100ULL * 366 * 24 * 3600 * 1000;
    return milliseconds(std::min(ms, century_ms));
}

template <class T>
void append(std::string& to, const T& what)
{
    to.append(reinterpret_cast<const char*>(&what), sizeof what);
}

// TINFOIL_STATE_REJECTED and its neighbours are numbered as the verdicts are.
int32_t status_of(sharing::verdict how)
{
    const auto number = static_cast<int32_t>(how);
    return number == 0 ? TINFOIL_OK : TINFOIL_STATE_REJECTED + 1 - number;
}
static_assert(TINFOIL_STATE_REJECTED + 1 - static_cast<int>(sharing::last_verdict) ==
              TINFOIL_STATE_UNAVAILABLE);
static_assert(static_cast<int>(sharing::deed::watch) == TINFOIL_STATE_WATCH);
static_assert(static_cast<int>(sharing::addressee::all) == TINFOIL_TO_ALL);
static_assert(static_cast<int>(sharing::delivery::refused) == TINFOIL_REFUSED);

std::string body_of(const sharing::answer& what)
{
    if (what.how != sharing::verdict::committed && what.how != sharing::verdict::rejected)
        return what.text;
    std::string body;
    append(body, tinfoil_state_answer{what.revision, static_cast<std::uint32_t>(what.rows.size()),
                                      what.is_cut ? 1U : 0U});
    for (const sharing::row& each : what.rows) {
        append(body, tinfoil_state_row{each.created, each.modified,
                                       static_cast<std::uint32_t>(each.key.size()),
                                       static_cast<std::uint32_t>(each.value.size()),
                                       each.is_erased ? 1U : 0U, 0});
        body.append(each.key).append(each.value);
    }
    return body;
}

std::string body_of(const std::vector<sharing::reply>& all)
{
    std::string body;
    append(body, tinfoil_message_replies{static_cast<std::uint32_t>(all.size()), 0});
    for (const sharing::reply& each : all) {
        append(body, tinfoil_message_reply{each.collection, static_cast<int32_t>(each.how),
                                           static_cast<std::uint32_t>(each.body.size()), 0});
        body.append(each.body);
    }
    return body;
}

// Of tinfoil.kv/1, which knows fewer ways to fail.
std::pair<int32_t, std::string_view> simple(const sharing::answer& told, bool is_read)
{
    switch (told.how) {
    case sharing::verdict::committed:
        if (!is_read)
            return {TINFOIL_OK, {}};
        return told.rows.empty()
                   ? std::pair<int32_t, std::string_view>{TINFOIL_NOTHING, {}}
                   : std::pair<int32_t, std::string_view>{TINFOIL_OK, told.rows.front().value};
    case sharing::verdict::busy:
        return {TINFOIL_E_QUOTA, told.text};
    default:
        return {TINFOIL_E_STORE, told.text};
    }
}

}  // namespace

exchange::exchange(sharing_services& with) : services_(with)
{
    fill_kv();
    fill_shards();
    fill_network();
    state_.size = sizeof state_;
    state_.ask = [](tinfoil_context* from, const tinfoil_state_question* what, uint64_t tag) {
        return of(from).is_home("ask") ? of(from).ask(*what, tag) : 0;
    };
    messages_.size = sizeof messages_;
    messages_.send = [](tinfoil_context* from, const tinfoil_outgoing* what, uint64_t tag) {
        return of(from).is_home("send") ? of(from).send(*what, tag) : 0;
    };
    messages_.listen = [](tinfoil_context* from, tinfoil_receive receiver, void* self) {
        if (!of(from).is_home("listen"))
            return;
        of(from).receiver_ = receiver;
        of(from).receives_ = self;
    };
    messages_.reply = [](tinfoil_context* from, uint64_t token, int32_t delivery,
                         tinfoil_str body) -> int32_t {
        if (!of(from).is_home("reply"))
            return TINFOIL_NOTHING;
        return of(from).reply(token, delivery, copy(body));
    };
}

void exchange::fill_kv()
{
    const auto own = [](sharing::deed what, tinfoil_str key, tinfoil_str value) {
        sharing::question made;
        made.what = what;
        made.key = copy(key);
        made.value = copy(value);
        return made;
    };
    static_assert(std::is_empty_v<decltype(own)>);
    using make = decltype(own);
    kv_.size = sizeof kv_;
    kv_.get = [](tinfoil_context* from, tinfoil_str key, uint64_t tag) {
        return of(from).is_home("get") ? of(from).keep(make{}(sharing::deed::get, key, {}), tag)
                                       : 0;
    };
    kv_.put = [](tinfoil_context* from, tinfoil_str key, tinfoil_str value, uint64_t tag) {
        return of(from).is_home("put") ? of(from).keep(make{}(sharing::deed::put, key, value), tag)
                                       : 0;
    };
    kv_.erase = [](tinfoil_context* from, tinfoil_str key, uint64_t tag) {
        return of(from).is_home("erase") ? of(from).keep(make{}(sharing::deed::erase, key, {}), tag)
                                         : 0;
    };
}

const void* exchange::extension_of(std::string_view id) const
{
    if (id == TINFOIL_EXT_KV)
        return &kv_;
    if (id == TINFOIL_EXT_STATE)
        return &state_;
    if (id == TINFOIL_EXT_SHARDS)
        return &shards_;
    if (id == TINFOIL_EXT_NETWORK)
        return may_manage_ ? &network_ : nullptr;
    return id == TINFOIL_EXT_MESSAGES ? &messages_ : nullptr;
}

tinfoil_op exchange::keep(sharing::question what, std::uint64_t tag)
{
    const tinfoil_op op = begin_operation(kind::value);
    if (op == 0)
        return 0;
    const bool is_read = what.what == sharing::deed::get;
    is_known_as(op, services_.ask_value(std::move(what),
                                        [this, op, tag, is_read](const sharing::answer& told) {
                                            const auto [status, body] = simple(told, is_read);
                                            complete(op, tag, TINFOIL_KIND_KV, status, 0, body);
                                        }));
    return op;
}

tinfoil_op exchange::ask(const tinfoil_state_question& what, std::uint64_t tag)
{
    if (what.size < sizeof what || what.deed > TINFOIL_STATE_WATCH) {
        refusal_text() = "a question has a deed of 0 to 5, and the size of its struct";
        return 0;
    }
    const tinfoil_op op = begin_operation(kind::value);
    if (op == 0)
        return 0;
    sharing::question made;
    made.what = static_cast<sharing::deed>(what.deed);
    made.scope = (what.flags & TINFOIL_STATE_SHARED) != 0 ? sharing::shared_scope : "";
    made.key = copy(what.key);
    made.value = copy(what.value);
    made.after = copy(what.after);
    if ((what.flags & TINFOIL_STATE_IF) != 0)
        made.expected = what.expected;
    made.delta = what.delta;
    made.lives = length_of(what.lives_ms);
    made.since = what.since;
    made.patience = length_of(what.patience_ms);
    made.limit = what.limit;
    is_known_as(op,
                services_.ask_value(std::move(made), [this, op, tag](const sharing::answer& told) {
                    complete(op, tag, TINFOIL_KIND_STATE, status_of(told.how), 0, body_of(told));
                }));
    return op;
}

tinfoil_op exchange::send(const tinfoil_outgoing& what, std::uint64_t tag)
{
    if (what.size < sizeof what || what.to > TINFOIL_TO_ALL) {
        refusal_text() = "a message is to one of tinfoil_addressee, and has the size of its struct";
        return 0;
    }
    constexpr milliseconds usual{10'000};
    sharing::letter made;
    made.to.what = static_cast<sharing::addressee>(what.to);
    made.to.guild = {what.guild_id};
    if (made.to.what == sharing::addressee::slot)
        made.to.slot = {what.shard_id, what.num_shards};
    made.to.collection = what.collection;
    made.name = copy(what.name);
    made.body = copy(what.body);
    made.wants_reply = (what.flags & TINFOIL_REPLY_WANTED) != 0;
    made.patience = what.patience_ms == 0 ? usual : length_of(what.patience_ms);
    if (tag == 0)
        return services_.post_letter(std::move(made)) ? 1 : 0;
    const tinfoil_op op = begin_operation(kind::message);
    if (op == 0)
        return 0;
    is_known_as(op, services_.send_letter(
                        std::move(made), [this, op, tag](const std::vector<sharing::reply>& all) {
                            complete(op, tag, TINFOIL_KIND_MESSAGE, TINFOIL_OK, 0, body_of(all));
                        }));
    return op;
}

void exchange::receive(const sharing::letter& what, replied done)
{
    constexpr std::size_t open_max = 4096;
    if (receiver_ == nullptr)
        return done({0, sharing::delivery::refused, "the plugin takes no messages"});
    if (open_.size() >= open_max)
        return done({0, sharing::delivery::refused,
                     "4096 messages wait for the plugin's replies already: send them slower"});
    const std::uint64_t token = ++last_token_;
    tinfoil_incoming passed{};
    passed.size = sizeof passed;
    passed.flags = what.wants_reply ? TINFOIL_REPLY_WANTED : 0;
    passed.token = token;
    passed.name = borrow(what.name);
    passed.body = borrow(what.body);
    passed.patience_ms =
        static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(what.patience).count());
    passed.from = what.from;
    passed.to = static_cast<std::uint32_t>(what.to.what);
    passed.guild_id = what.to.guild.value;
    passed.shard_id = what.to.slot.id;
    passed.num_shards = what.to.slot.count;
    open_.emplace(token, std::move(done));
    refusal_text().clear();
    const int32_t status = run(entry::message, [&] { return receiver_(receives_, &passed); });
    if (status == TINFOIL_PENDING)
        return;
    if (status >= 0)
        reply(token, TINFOIL_DELIVERED, "");
    else
        reply(token, TINFOIL_REFUSED,
              refusal_text().empty() ? "it gave no reason" : refusal_text());
}

int32_t exchange::reply(std::uint64_t token, int32_t delivery, std::string body)
{
    auto node = open_.extract(token);
    if (node.empty())
        return TINFOIL_NOTHING;
    sharing::reply made{0, sharing::delivery::refused, std::move(body)};
    if (made.body.size() > sharing::letter_bytes_max)
        made.body = "its reply has more than 64 KiB: reply with less at once";
    else if (delivery == TINFOIL_DELIVERED)
        made.how = sharing::delivery::ok;
    node.mapped()(std::move(made));
    return TINFOIL_OK;
}

void exchange::refuse_messages()
{
    receiver_ = nullptr;
    for (const auto& [token, done] : std::exchange(open_, {}))
        done({0, sharing::delivery::down, "the plugin ended before it replied"});
}

}  // namespace tinfoil::plugin
