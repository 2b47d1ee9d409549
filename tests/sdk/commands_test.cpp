// Tables of commands and settings, and what plugins read of interactions.
#include "discord/intents.hpp"
#include "plugin/manifest.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>

#include <tinfoil/interaction.hpp>
#include <tinfoil/settings.hpp>

namespace tinfoil {
namespace {

namespace json = boost::json;

constexpr about everything{
    .name = "everything",
    .version = "1.0.0",
    .events = {event::message_create},
    .commands =
        {{.name = "paint",
          .description = "Paints \"it\"",
          .options =
              {{.name = "colour",
                .description = "Which",
                .required = true,
                .choices = {{.name = "Red", .text = "red", .name_localizations = {{"de", "Rot"}}},
                            {.name = "Green", .text = "green"}},
                .name_localizations = {{"en-US", "color"}}},
               {.name = "coats",
                .description = "How many",
                .type = option::integer,
                .choices = {{.name = "One", .integer = 1}, {.name = "None", .integer = -1}}},
               {.name = "litres",
                .description = "How much",
                .type = option::number,
                .min_value = -0.125,
                .max_value = 1000},
               {.name = "where",
                .description = "Room",
                .type = option::channel,
                .channel_types = {channel_type::guild_text, channel_type::guild_voice}},
               {.name = "note",
                .description = "Free text",
                .min_length = 0,
                .max_length = 6000,
                .autocomplete = true},
               {.name = "picture", .description = "Of it", .type = option::attachment}},
          .name_localizations = {{"de", "malen"}},
          .description_localizations = {{"de", "Malt"}},
          .default_member_permissions = permission::manage_guild | permission::ban_members,
          .contexts = {context::guild, context::bot_dm},
          .integration_types = {installation::guild, installation::user},
          .nsfw = true},
         {.name = "config",
          .description = "Settings",
          .options = {{.name = "colours",
                       .description = "Of colours",
                       .type = option::group,
                       .options = {{.name = "set",
                                    .description = "Sets one",
                                    .type = option::subcommand,
                                    .options = {{.name = "name", .description = "Which"}}}}},
                      {.name = "show", .description = "Shows", .type = option::subcommand}},
          .default_member_permissions = 0},
         {.name = "Who is this?", .type = command_type::user},
         {.name = "Report", .type = command_type::message}},
    .settings = {{.name = "limit",
                  .description = "How many",
                  .type = setting::integer,
                  .required = true,
                  .least = 1,
                  .most = 10},
                 {.name = "kinds",
                  .description = "Which",
                  .type = setting::texts,
                  .text = "tea,milk",
                  .one_of = {"tea", "milk"}},
                 {.name = "wait", .description = "Time", .type = setting::duration, .text = "90s"},
                 {.name = "share", .description = "Part", .type = setting::number, .number = 0.5},
                 {.name = "loud", .description = "Noise", .type = setting::boolean},
                 {.name = "home", .description = "Channel", .type = setting::id},
                 {.name = "name", .description = "Of it", .type = setting::text, .text = "x"}}};
constexpr auto written = detail::make_note<everything>();

constexpr const char* commands_as_discord_has_them = R"([
  {"type":1,"name":"paint","name_localizations":{"de":"malen"},"description":"Paints \"it\"",
   "description_localizations":{"de":"Malt"},
   "options":[
     {"type":3,"name":"colour","name_localizations":{"en-US":"color"},"description":"Which","required":true,
      "choices":[{"name":"Red","name_localizations":{"de":"Rot"},"value":"red"},{"name":"Green","value":"green"}]},
     {"type":4,"name":"coats","description":"How many","required":false,
      "choices":[{"name":"One","value":1},{"name":"None","value":-1}]},
     {"type":10,"name":"litres","description":"How much","required":false,"min_value":-0.125,"max_value":1000},
     {"type":7,"name":"where","description":"Room","required":false,"channel_types":[0,2]},
     {"type":3,"name":"note","description":"Free text","required":false,"min_length":0,"max_length":6000,
      "autocomplete":true},
     {"type":11,"name":"picture","description":"Of it","required":false}],
   "default_member_permissions":"36","contexts":[0,1],"integration_types":[0,1],"nsfw":true},
  {"type":1,"name":"config","description":"Settings","options":[
     {"type":2,"name":"colours","description":"Of colours","options":[
       {"type":1,"name":"set","description":"Sets one","options":[
         {"type":3,"name":"name","description":"Which","required":false}]}]},
     {"type":1,"name":"show","description":"Shows","options":[]}],
   "default_member_permissions":"0"},
  {"type":2,"name":"Who is this?"},
  {"type":3,"name":"Report"}])";

json::object manifest()
{
    return json::parse(std::string_view(written.content, written.content_size)).as_object();
}

}  // namespace

// Discord Docs/Application Commands.
TEST_CASE("sdk: a table becomes Discord's own JSON of commands")
{
    CHECK(json::serialize(manifest().at("commands")) ==
          json::serialize(json::parse(commands_as_discord_has_them)));
    const auto read =
        plugin::parse_manifest(std::string_view(written.content, written.content_size));
    REQUIRE(read);
    CHECK(read->command_names ==
          std::vector<std::string>{"paint", "config", "Who is this?", "Report"});
}

TEST_CASE("sdk: a table of settings becomes a schema")
{
    CHECK(json::serialize(manifest().at("config_schema").at("properties").at("limit")) ==
          R"({"description":"How many","type":"integer","minimum":1,"maximum":10})");
    CHECK(json::serialize(manifest().at("config_schema").at("required")) == R"(["limit"])");
    CHECK(
        manifest().at("config_schema").at("properties").at("kinds").at("enum").as_array().size() ==
        2);
}

namespace {

std::string refusal(const char* given)
{
    try {
        const detail::own_settings read(everything, json::parse(given).as_object());
    } catch (const std::invalid_argument& why) {
        return why.what();
    }
    return "";
}

}  // namespace

TEST_CASE("sdk: settings that do not fit are refused, and say what they have to be")
{
    CHECK(
        refusal(
            R"({"limit":10,"kinds":["tea"],"wait":"5m","share":1,"loud":true,"home":"5","name":""})") ==
        "");
    CHECK(refusal("{}") == "the setting plugins.everything.limit is missing; it has to be a whole "
                           "number from 1 to 10");
    CHECK(refusal(R"({"limit":11})") ==
          "the setting plugins.everything.limit has to be a whole number from 1 to 10, and is 11");
    CHECK(refusal(R"({"limit":1,"kinds":["tea","mud"]})") ==
          "the setting plugins.everything.kinds has to be a list of texts, one of tea, milk, and "
          "is [\"tea\",\"mud\"]");
    CHECK(refusal(R"({"limit":1,"wait":"5 minutes"})") ==
          "the setting plugins.everything.wait has to be a time as \"30s\", \"10m\" or \"2h\", and "
          "is \"5 minutes\"");
    CHECK(refusal(R"({"limit":1,"loud":"yes"})") ==
          "the setting plugins.everything.loud has to be true or false, and is \"yes\"");
    CHECK(refusal(R"({"limit":1,"home":7})") ==
          "the setting plugins.everything.home has to be an id as text, \"80351110224678912\", and "
          "is 7");
    CHECK(refusal(R"({"limit":1,"lmit":1})")
              .starts_with(
                  "there is no setting plugins.everything.lmit; there are limit, kinds, wait"));
}

TEST_CASE("sdk: a setting is what was given, or what the table says")
{
    const detail::own_settings bare(everything, json::parse(R"({"limit":3})").as_object());
    CHECK(bare.get<int>("limit") == 3);
    CHECK(bare.get<std::vector<std::string>>("kinds") == std::vector<std::string>{"tea", "milk"});
    CHECK(bare.get<std::chrono::seconds>("wait") == std::chrono::seconds(90));
    CHECK(bare.get<double>("share") == 0.5);
    CHECK_FALSE(bare.get<bool>("loud"));
    CHECK(bare.get<snowflake>("home") == 0);
    CHECK(bare.get<std::string>("name") == "x");
    const detail::own_settings given(
        everything,
        json::parse(R"({"limit":3,"kinds":[],"wait":"2h","home":"9","loud":true})").as_object());
    CHECK(given.get<std::vector<std::string>>("kinds").empty());
    CHECK(given.get<std::chrono::milliseconds>("wait") == std::chrono::hours(2));
    CHECK(given.get<snowflake>("home") == 9);
    CHECK(given.get<bool>("loud"));
    CHECK_THROWS_WITH(given.get<std::string>("limit"),
                      "the setting limit is a whole number from 1 to 10 by the table, and is read "
                      "as something else");
    CHECK_THROWS_WITH(given.get<int>("none"),
                      "to read the setting none takes {.name = \"none\", .description = \"...\", "
                      ".type = setting::...} in .settings of the table");
}

TEST_CASE("sdk: durations are read with their unit, or not at all")
{
    CHECK(parse_duration("0s") == std::chrono::milliseconds(0));
    CHECK(parse_duration("36500d").has_value());
    for (const char* each : {"", "5", "s", "5x", "-5s", "5 s", "5.5s", "99999999999999999999s",
                             "9223372036854775807ms", "36501d"})
        CHECK_FALSE(parse_duration(each).has_value());
}

// Discord Docs/Gateway Events, "Receive Events".
TEST_CASE("sdk: the host knows every event and every intent of the SDK")
{
    for (const std::string_view each : detail::event_names)
        CHECK(discord::intents_of_event(each).has_value() == (each != TINFOIL_GAP));
    for (const std::string_view each : detail::intent_names)
        CHECK(discord::parse_intent(each).has_value());
    CHECK(name_of(event::message_poll_vote_remove) == "MESSAGE_POLL_VOTE_REMOVE");
    CHECK(name_of(event::voice_channel_status_update) == "VOICE_CHANNEL_STATUS_UPDATE");
    CHECK(std::size(detail::event_names) == event::tinfoil_gap + 1);
    CHECK(name_of(event::tinfoil_gap) == TINFOIL_GAP);
}

namespace {

event made_of(const std::string& type, const std::string& data)
{
    tinfoil_event from{};
    from.size = sizeof from;
    from.type = {type.data(), type.size()};
    from.data = {data.data(), data.size()};
    return event(from);
}

tinfoil_host nobody()
{
    tinfoil_host host{};
    host.size = sizeof host;
    return host;
}

}  // namespace

TEST_CASE("sdk: options are read by their type, in the subcommand that was called")
{
    const tinfoil_host host = nobody();
    detail::core own(host);
    const interaction called(own, made_of("INTERACTION_CREATE", R"({"id":"1","type":2,"token":"t",
      "member":{"nick":"Al","permissions":"8","user":{"id":"5","username":"al"}},
      "data":{"id":"2","name":"config","type":1,
        "options":[{"name":"colours","type":2,"options":[{"name":"set","type":1,"options":[
          {"name":"text","type":3,"value":"red"},{"name":"whole","type":4,"value":-7},
          {"name":"real","type":10,"value":2},{"name":"yes","type":5,"value":true},
          {"name":"who","type":6,"value":"6"},{"name":"role","type":8,"value":"7"},
          {"name":"where","type":7,"value":"8"},{"name":"file","type":11,"value":"9"}]}]}],
        "resolved":{"users":{"6":{"id":"6","username":"bo","global_name":"Bo"}},
          "members":{"6":{"roles":["7"]}},"roles":{"7":{"id":"7","name":"Tea"}},
          "channels":{"8":{"id":"8","type":11,"name":"talk"}},
          "attachments":{"9":{"id":"9","filename":"a.png","size":12}}}}})"));
    CHECK(called.path() == "config colours set");
    CHECK(called.option("text") == "red");
    CHECK(called.option<std::string>("text") == "red");
    CHECK(called.option<std::int64_t>("whole") == -7);
    CHECK(called.option<int>("whole") == -7);
    CHECK(called.option<double>("real") == 2.0);
    CHECK(called.option<bool>("yes") == true);
    CHECK(called.option<snowflake>("who") == 6U);
    CHECK(called.option<user_view>("who")->display_name() == "Bo");
    CHECK(called.option<member_view>("who")->has_role(7));
    CHECK(called.option<member_view>("who")->user_id() == 6);
    CHECK(called.option<role_view>("role")->name() == "Tea");
    CHECK(called.option<channel_view>("where")->is_thread());
    CHECK(called.option<attachment_view>("file")->size() == 12);
    CHECK(called.user().id() == 5);
    CHECK(called.member()->permissions_here() == permission::administrator);
    CHECK_FALSE(called.option<std::string>("whole").has_value());
    CHECK_FALSE(called.option<int>("none").has_value());
    CHECK_FALSE(called.option<user_view>("role").has_value());
}

TEST_CASE("sdk: views read what events hold, and what they lack is empty")
{
    const event said = made_of("MESSAGE_CREATE", R"({"id":"1","channel_id":"2","guild_id":"3",
      "content":"hi","author":{"id":"4","username":"al"},"member":{"nick":"Al","roles":["9"]},
      "mentions":[{"id":"5","username":"bo"},null],"mention_roles":["9"],"flags":64,
      "attachments":[{"id":"6","filename":"a.png"}],
      "embeds":[{"title":"T","author":{"name":"N"},"fields":[{"name":"a","value":"b","inline":true}]}],
      "referenced_message":{"id":"7","webhook_id":"8"}})");
    const message_view message = said.message();
    CHECK(message.content() == "hi");
    CHECK(message.member()->display_name() == "Al");
    CHECK(message.member()->user_id() == 4);
    CHECK(message.mentions().size() == 1);
    CHECK((*message.mentions().begin()).mention() == "<@5>");
    CHECK(message.mentioned_roles() == std::vector<snowflake>{9});
    CHECK((*message.attachments().begin()).filename() == "a.png");
    CHECK((*(*message.embeds().begin()).fields().begin()).is_inline());
    CHECK((*message.embeds().begin()).author() == "N");
    CHECK(message.url() == "https://discord.com/channels/3/2/1");
    CHECK(message.referenced_message()->is_from_bot());
    CHECK_FALSE(message.is_from_bot());
    CHECK(said.user()->username() == "al");

    const event reacted = made_of("MESSAGE_REACTION_ADD", R"({"user_id":"1","message_id":"2",
      "emoji":{"id":"3","name":"tea","animated":true}})");
    CHECK(reacted.reaction().emoji()->path() == "tea:3");
    CHECK(reacted.reaction().emoji()->text() == "<a:tea:3>");
    const event joined = made_of("GUILD_CREATE", R"({"id":"1","name":"G","roles":[{"id":"2"}],
      "members":[{"user":{"id":"3"}}],"channels":[{"id":"4","type":15}]})");
    CHECK((*joined.guild().members().begin()).user_id() == 3);
    CHECK((*joined.guild().channels().begin()).type() == channel_type::guild_forum);
    const event role = made_of("GUILD_ROLE_CREATE", R"({"role":{"id":"2","permissions":"8"}})");
    CHECK(role.role()->permissions() == 8);
    const event seen = made_of("PRESENCE_UPDATE", R"({"user":{"id":"1"},"status":"idle",
      "activities":[{"name":"Tea","type":0}]})");
    CHECK(seen.presence().user_id() == 1);
    CHECK((*seen.presence().activities().begin()).name() == "Tea");

    const event empty = made_of("MESSAGE_CREATE", "{}");
    CHECK(empty.message().content().empty());
    CHECK(empty.message().embeds().empty());
    CHECK_FALSE(empty.message().author().has_value());
    CHECK_FALSE(empty.message().edited_at().has_value());
}

TEST_CASE("sdk: a modal's fields are found in labels and in rows, and arguments by their place")
{
    const tinfoil_host host = nobody();
    detail::core own(host);
    const interaction sent(own, made_of("INTERACTION_CREATE", R"({"id":"1","type":5,"data":{
      "custom_id":"shop:order:5:tea","components":[
        {"type":18,"component":{"type":4,"custom_id":"note","value":"hot"}},
        {"type":18,"component":{"type":3,"custom_id":"size","values":["s","m"]}},
        {"type":1,"components":[{"type":4,"custom_id":"old","value":"way"}]}]}})"));
    CHECK(sent.field("note") == "hot");
    CHECK(sent.field("old") == "way");
    CHECK(sent.field_values("size") == std::vector<std::string>{"s", "m"});
    CHECK(sent.field("none").empty());
    CHECK(sent.argument(0) == "5");
    CHECK(sent.argument(1) == "tea");
    CHECK(sent.argument(2).empty());
}

}  // namespace tinfoil
