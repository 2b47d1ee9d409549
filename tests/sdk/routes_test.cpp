// What the builder makes of every operation, beside the list that is kept of them.
#include "discord/route.hpp"
#include "sdk/routes_calls.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace tinfoil {
namespace {

struct listed {
    std::string method, path;
};

// The lines of share/discord/operations.txt: `id METHOD path`.
std::map<std::string, listed> all_listed()
{
    std::ifstream file(TINFOIL_OPERATIONS);
    std::map<std::string, listed> made;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string id, method, path;
        REQUIRE(words >> id >> method >> path);
        REQUIRE(made.emplace(id, listed{method, path}).second);
    }
    return made;
}

// Those that are no numbers.
const std::set<std::string> texts{"code", "emoji_name", "instance_id", "interaction_token",
                                  "webhook_token"};

std::string with_examples(const std::string& path)
{
    std::string made;
    int count = 0;
    for (std::size_t at = 0; at < path.size();) {
        if (path[at] != '{') {
            made += path[at++];
            continue;
        }
        const auto end = path.find('}', at);
        const std::string name = path.substr(at + 1, end - at - 1);
        ++count;
        made += texts.contains(name) ? name + "%20%C3%A9" : std::to_string(100 + count);
        at = end + 1;
    }
    return made;
}

const tinfoil_host nobody{};

struct builder {
    detail::core own{nobody};
    rest_client rest{own};
};

}  // namespace

TEST_CASE("routes: every operation of Discord's is reached with its method and its path")
{
    const builder with;
    const auto list = all_listed();
    REQUIRE(list.size() > 200);
    std::set<std::string> reached;
    for (const named_call& each : call_of_each_operation(with.rest)) {
        CAPTURE(each.id);
        const auto found = list.find(each.id);
        REQUIRE(found != list.end());
        CHECK(each.method == found->second.method);
        // What the specification requires of the query is no part of the list.
        CHECK(each.path.substr(0, each.path.find('?')) == with_examples(found->second.path));
        CHECK(reached.insert(each.id).second);
    }
    CHECK(reached.size() == list.size());
}

// Discord Docs/Receiving and Responding, and Discord Docs/Webhook: what has a token in its path.
TEST_CASE("routes: the bot's token goes to all but the paths that carry one")
{
    const builder with;
    for (const named_call& each : call_of_each_operation(with.rest)) {
        CAPTURE(each.id);
        const bool carries = each.path.find("_token%20") != std::string::npos;
        CHECK(discord::route_of(each.method, each.path).bot_token != carries);
    }
}

TEST_CASE("routes: a query is named, and what it holds can't leave it")
{
    const builder with;
    const auto messages = with.rest.channels(1).messages();
    CHECK(messages.get().path() == "/channels/1/messages");
    CHECK(messages.get().limit(50).after(7).path() == "/channels/1/messages?limit=50&after=7");
    CHECK(with.rest.guilds(1).get().with_counts().path() == "/guilds/1?with_counts=true");
    CHECK(with.rest.guilds(1).get().with_counts(false).path() == "/guilds/1?with_counts=false");
    CHECK(with.rest.guilds(1).members().search().get("a&b=c#d").limit(5).path() ==
          "/guilds/1/members/search?query=a%26b%3Dc%23d&limit=5");
    CHECK(with.rest.webhooks(1, "t").post("hi").wait().thread_id(2).path() ==
          "/webhooks/1/t?wait=true&thread_id=2");
    CHECK(with.rest.request("GET", "/x?a=1").query("b", "c").path() == "/x?a=1&b=c");
}

// Discord Docs/Reference, "Array Query Strings".
TEST_CASE("routes: a parameter of several values is repeated, or joined where Discord wants that")
{
    const builder with;
    CHECK(with.rest.guilds(1).messages().search().get().author_id(2).author_id(3).path() ==
          "/guilds/1/messages/search?author_id=2&author_id=3");
    // Discord Docs/Entitlement, "List Entitlements", and Discord Docs/Guild, "Get Guild Prune
    // Count": separated by commas.
    CHECK(with.rest.applications(1).entitlements().get().limit(9).sku_ids(2).sku_ids(3).path() ==
          "/applications/1/entitlements?limit=9&sku_ids=2%2C3");
    CHECK(with.rest.guilds(1).prune().get().include_roles(2).days(7).include_roles(3).path() ==
          "/guilds/1/prune?include_roles=2&days=7&include_roles=3");
}

TEST_CASE("routes: a text can't lead to another path")
{
    const builder with;
    CHECK(with.rest.invites("../guilds/1?x=1#y").del().path() ==
          "/invites/..%2Fguilds%2F1%3Fx%3D1%23y");
    CHECK(with.rest.channels(1).messages(2).reactions("name:3").me().put().path() ==
          "/channels/1/messages/2/reactions/name%3A3/@me");
    CHECK(with.rest.channels(1).messages(2).reactions("👍").me().put().path() ==
          "/channels/1/messages/2/reactions/%F0%9F%91%8D/@me");
    // Without its token it would be the webhook itself that is deleted, with the bot's.
    CHECK_THROWS_AS(with.rest.webhooks(1, ""), std::invalid_argument);
    CHECK_THROWS_AS(with.rest.invites(".."), std::invalid_argument);
}

TEST_CASE("routes: places and calls can be kept and used later")
{
    const builder with;
    const auto guild = with.rest.guilds(1);
    const auto member = guild.members(2);
    CHECK(member.roles(3).put().path() == "/guilds/1/members/2/roles/3");
    CHECK(member.get().path() == "/guilds/1/members/2");
    auto listing = guild.members().get();
    listing.limit(10);
    CHECK(listing.path() == "/guilds/1/members?limit=10");
}

}  // namespace tinfoil
