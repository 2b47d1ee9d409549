// Polls with buttons: /poll asks a question, people vote and change their minds, the message shows
// how it stands. Votes are kept in the plugin's own values: they outlive reloads and restarts.
#include <algorithm>
#include <map>
#include <tinfoil/markup.hpp>
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "polls",
    .version = "1.0.0",
    .description = "Polls with buttons",
    .commands = {{.name = "poll",
                  .description = "Asks everybody here something",
                  .options = {{.name = "question",
                               .description = "What to ask",
                               .required = true,
                               .max_length = 250},
                              {.name = "answers",
                               .description = "2 to 10, with | between them: tea | coffee",
                               .required = true,
                               .max_length = 500},
                              {.name = "minutes",
                               .description = "When it ends; after a day if you don't say",
                               .type = option::integer,
                               .min_value = 1,
                               .max_value = 7 * 24 * 60}},
                  .contexts = {context::guild}}},
    .settings = {{.name = "bar_width",
                  .description = "Of the bars that show the votes, in characters",
                  .type = setting::integer,
                  .integer = 12,
                  .least = 4,
                  .most = 30}}};

namespace {

constexpr std::size_t answers_max = 10;

std::string_view trimmed(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::vector<std::string> split(std::string_view text)
{
    std::vector<std::string> made;
    while (!text.empty()) {
        const auto bar = std::min(text.find('|'), text.size());
        if (const auto each = trimmed(text.substr(0, bar)); !each.empty())
            made.emplace_back(each);
        text.remove_prefix(std::min(bar + 1, text.size()));
    }
    return made;
}

struct one_poll {
    snowflake channel = 0;
    std::string question;
    std::vector<std::string> answers;
    std::map<snowflake, std::size_t> votes;  // By user.
    std::int64_t ends_s = 0;                 // Since 1970.

    [[nodiscard]] std::string json() const
    {
        boost::json::object whole{{"channel", std::to_string(channel)},
                                  {"question", question},
                                  {"answers", boost::json::value_from(answers)},
                                  {"ends", ends_s}};
        boost::json::object cast;
        for (const auto& [user, answer] : votes)
            cast[std::to_string(user)] = answer;
        whole["votes"] = std::move(cast);
        return boost::json::serialize(whole);
    }
    static one_poll read(const std::string& text)
    {
        const boost::json::object whole = boost::json::parse(text).as_object();
        one_poll made;
        made.channel = id_in(whole, "channel");
        made.question = text_in(whole, "question");
        for (const auto& each : whole.at("answers").as_array())
            made.answers.emplace_back(each.as_string());
        made.ends_s = whole.at("ends").as_int64();
        for (const auto& each : whole.at("votes").as_object())
            made.votes[to_snowflake(each.key())] = each.value().to_number<std::size_t>();
        return made;
    }
};

}  // namespace

class polls : public plugin {
public:
    explicit polls(host& from) : plugin(from), bar_width_(setting<std::size_t>("bar_width"))
    {
        command("poll", [this](interaction called) -> task<> { co_await begin(called); });
        component("vote", [this](interaction used) -> task<> { co_await vote(used); });
        start("the polls that are open", go_on());
    }

private:
    task<> begin(interaction called)
    {
        one_poll made;
        made.channel = called.channel_id();
        made.question = called.option("question");
        made.answers = split(called.option("answers"));
        if (made.answers.size() < 2 || made.answers.size() > answers_max) {
            message answer("A poll has 2 to 10 answers, with | between them: tea | coffee");
            answer.ephemeral();
            (co_await called.reply(answer)).value();
            co_return;
        }
        const auto minutes = called.option<std::int64_t>("minutes").value_or(24 * 60);
        made.ends_s = std::chrono::duration_cast<std::chrono::seconds>(
                          created_at(called.id()).time_since_epoch())
                          .count() +
                      minutes * 60;
        const message shown = look_of(made, true);
        (co_await called.reply(shown)).value();
        // Which message that is only Discord knows.
        const rest_result posted = co_await called.original();
        posted.value();
        const snowflake id = posted.id();
        open_.emplace(id, std::move(made));
        co_await keep(id);
        co_await list(id, true);
        start("the end of a poll", end_later(id, std::chrono::minutes(minutes)));
    }

    task<> vote(interaction used)
    {
        const snowflake id = used.message()->id();
        if (!open_.contains(id)) {
            const auto kept = co_await store().get(key(id));
            if (kept)
                open_.emplace(id, one_poll::read(*kept));
        }
        const auto found = open_.find(id);
        const auto choice = static_cast<std::size_t>(to_snowflake(used.argument(0)));
        if (found == open_.end() || choice >= found->second.answers.size()) {
            message answer("This poll has ended.");
            answer.ephemeral();
            (co_await used.reply(answer)).value();
            co_return;
        }
        // The same button again takes the vote back. Nothing else runs until the next co_await, so
        // that no vote is lost between reading and writing.
        auto& votes = found->second.votes;
        const auto [mine, is_new] = votes.emplace(used.user().id(), choice);
        if (!is_new && mine->second == choice)
            votes.erase(mine);
        else
            mine->second = choice;
        const message shown = look_of(found->second, true);
        (co_await used.update(shown)).value();
        co_await keep(id);
    }

    // After a start: the polls of before end when they were to. Each process of the bot sees to all
    // of them, and the first to come finds one.
    task<> go_on()
    {
        const auto index = co_await store().get("open");
        if (!index)
            co_return;
        const auto now = std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::system_clock::now().time_since_epoch());
        const boost::json::value ids = boost::json::parse(*index);
        for (const auto& each : ids.as_array()) {
            const snowflake id = to_snowflake(std::string_view(each.as_string()));
            const auto kept = co_await store().get(key(id));
            if (!kept)
                continue;
            const one_poll one = one_poll::read(*kept);
            const auto left = std::chrono::seconds(one.ends_s) - now;
            start("the end of a poll", end_later(id, std::max(left, std::chrono::seconds(0))));
        }
    }

    task<> end_later(snowflake id, std::chrono::milliseconds time)
    {
        co_await sleep(time);
        const auto kept = co_await store().get(key(id));
        open_.erase(id);
        if (!kept)
            co_return;
        const one_poll ended = one_poll::read(*kept);
        co_await store().erase(key(id));
        co_await list(id, false);
        const message shown = look_of(ended, false);
        const rest_result edited =
            co_await rest().channels(ended.channel).messages(id).patch(shown);
        // Of a message that somebody deleted there is nothing to show.
        if (!edited.ok() && edited.status() != 404)
            log(level::warning, "a poll that ended still looks open: " + edited.message());
    }

    task<> keep(snowflake id)
    {
        const auto found = open_.find(id);
        if (found == open_.end())
            co_return;
        const std::string text = found->second.json();
        co_await store().put(key(id), text);
    }
    // Puts a poll into the list of those that are open, or takes it out.
    task<> list(snowflake id, bool is_open)
    {
        const auto kept = co_await store().get("open");
        boost::json::array ids;
        if (kept)
            ids = boost::json::parse(*kept).as_array();
        const boost::json::value own(std::to_string(id));
        ids.erase(std::remove(ids.begin(), ids.end(), own), ids.end());
        if (is_open)
            ids.push_back(own);
        const std::string text = boost::json::serialize(ids);
        co_await store().put("open", text);
    }
    static std::string key(snowflake id) { return "poll/" + std::to_string(id); }

    [[nodiscard]] message look_of(const one_poll& of, bool is_open) const
    {
        std::vector<std::size_t> counts(of.answers.size());
        for (const auto& [user, answer] : of.votes)
            ++counts.at(answer);
        embed card(of.question);
        for (std::size_t at = 0; at < of.answers.size(); ++at) {
            const std::size_t filled =
                of.votes.empty() ? 0 : bar_width_ * counts[at] / of.votes.size();
            std::string bar;
            for (std::size_t place = 0; place < bar_width_; ++place)
                bar += place < filled ? "█" : "░";
            card.field(of.answers[at], bar + " " + std::to_string(counts[at]));
        }
        const snowflake_time end{std::chrono::seconds(of.ends_s)};
        card.description(is_open ? "Ends " + time_markup(end, time_style::relative) : "Ended");
        message made;
        made.embed(card);
        if (!is_open)
            return std::move(made.no_components());
        for (std::size_t begin = 0; begin < of.answers.size(); begin += limits::row_buttons) {
            action_row row;
            const auto end_of_row = std::min(begin + limits::row_buttons, of.answers.size());
            for (std::size_t at = begin; at < end_of_row; ++at)
                row.add(button(custom_id("vote", at), shortened(of.answers[at])));
            made.row(row);
        }
        return made;
    }
    static std::string shortened(const std::string& text)
    {
        if (characters(text) <= limits::button_label)
            return text;
        std::string made;
        std::size_t count = 0;
        for (const char c : text) {
            count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
            if (count == limits::button_label)
                break;
            made += c;
        }
        return made + "…";
    }

    std::size_t bar_width_;
    std::map<snowflake, one_poll> open_;  // Those that were used since the start, by message.
};

TINFOIL_PLUGIN(polls, info)
