// Discord Docs/Message, "Embed Limits", and the other pages that tinfoil/limits.hpp names.
#include "support/catch.hpp"

#include <tinfoil/limits.hpp>

namespace tinfoil {
namespace {

namespace json = boost::json;
using sentences = std::vector<std::string>;

json::object with(const char* key, json::value what)
{
    json::object made;
    made[key] = std::move(what);
    return made;
}

std::string text(std::size_t length)
{
    return std::string(length, 'x');
}
json::value string(std::size_t length)
{
    return json::string(text(length));
}
json::array many(std::size_t count, const json::value& each)
{
    json::array made;
    made.resize(count, each);
    return made;
}
const json::value field = json::object{{"name", "n"}, {"value", "v"}};

}  // namespace

TEST_CASE("limits: a message may be as long as Discord takes it, in characters")
{
    CHECK(broken_limits(message(text(2000))).empty());
    CHECK(broken_limits(message(text(2001))) ==
          sentences{"content has 2001 characters, and Discord takes 2000"});
    std::string accents;
    for (int i = 0; i < 2000; ++i)
        accents += "é";
    CHECK(broken_limits(message(accents)).empty());
    CHECK(characters("🍵é a") == 4);
}

TEST_CASE("limits: each part of an embed has its own")
{
    const std::pair<const char*, std::size_t> parts[] = {{"title", 256}, {"description", 4096}};
    for (const auto& [key, most] : parts) {
        CHECK(broken_limits(with(key, string(most))).empty());
        CHECK(broken_limits(with(key, string(most + 1))).size() == 1);
        // Blanks at both ends do not count.
        CHECK(broken_limits(with(key, json::string("  " + text(most) + "\n"))).empty());
    }
    CHECK(broken_limits(with("footer", with("text", string(2048)))).empty());
    CHECK(broken_limits(with("footer", with("text", string(2049)))) ==
          sentences{"the embed.footer.text has 2049 characters, and Discord takes 2048"});
    CHECK(broken_limits(with("author", with("name", string(256)))).empty());
    CHECK(broken_limits(with("author", with("name", string(257)))).size() == 1);
    CHECK(broken_limits(with("fields", many(25, field))).empty());
    CHECK(broken_limits(with("fields", many(26, field))) ==
          sentences{"the embed.fields has 26 items, and Discord takes 25"});
    CHECK(broken_limits(with("fields", many(1, json::object{{"name", text(257).c_str()},
                                                            {"value", text(1025).c_str()}}))) ==
          sentences{"the embed.fields[0].name has 257 characters, and Discord takes 256",
                    "the embed.fields[0].value has 1025 characters, and Discord takes 1024"});
}

TEST_CASE("limits: all embeds of a message share one more")
{
    message fits("x"), is_long("x"), has_many("x");
    fits.embed(with("description", string(4096))).embed(with("description", string(1904)));
    CHECK(broken_limits(fits).empty());
    is_long.embed(with("description", string(4096))).embed(with("description", string(1905)));
    CHECK(broken_limits(is_long) ==
          sentences{"the text of all embeds has 6001 characters, and Discord takes 6000"});
    for (int i = 0; i < 11; ++i)
        has_many.embed(with("title", "t"));
    CHECK(broken_limits(has_many) == sentences{"embeds has 11 items, and Discord takes 10"});
}

TEST_CASE("limits: polls, mentions, stickers and components have theirs")
{
    const auto broken = [](json::object body) { return broken_limits(message(std::move(body))); };
    const json::value answer = with("poll_media", with("text", string(55)));
    json::object poll{{"question", with("text", string(300))}, {"answers", many(10, answer)}};
    CHECK(broken(with("poll", poll)).empty());
    poll["question"] = with("text", string(301));
    poll["answers"] = many(11, with("poll_media", with("text", string(56))));
    CHECK(broken(with("poll", poll)).size() == 1 + 1 + 11);
    CHECK(broken(with("sticker_ids", many(3, "1"))).empty());
    CHECK(broken(with("sticker_ids", many(4, "1"))).size() == 1);
    CHECK(broken(with("nonce", string(26))).size() == 1);
    CHECK(broken(with("allowed_mentions", with("users", many(100, "1")))).empty());
    CHECK(broken(with("allowed_mentions", with("users", many(101, "1")))) ==
          sentences{"allowed_mentions.users has 101 items, and Discord takes 100"});
    const json::value row{{"type", 1}, {"components", many(5, json::object{{"type", 2}})}};
    CHECK(broken(with("components", many(5, row))).empty());
    CHECK(broken(with("components", many(6, row))).size() == 1);
    json::object second = with("components", many(6, row));
    second["flags"] = 1 << 15;
    CHECK(broken(second).empty());
    second["components"] = many(7, row);
    CHECK(broken(second) == sentences{"the message has 42 components, and Discord takes 40"});
}

TEST_CASE("limits: files are counted and weighed")
{
    const std::size_t most = 10U << 20;
    message fits("x"), is_large("x"), has_many("x"), is_heavy("x");
    fits.attach(attachment("a", text(most)));
    CHECK(broken_limits(fits).empty());
    is_large.attach(attachment("a.bin", text(most + 1)));
    CHECK(broken_limits(is_large) ==
          sentences{"the file a.bin has 10485761 bytes, and Discord takes 10485760"});
    CHECK(broken_limits(is_large, 50U << 20).empty());
    for (int i = 0; i < 11; ++i)
        has_many.attach(attachment("a", "b"));
    CHECK(broken_limits(has_many) == sentences{"the message has 11 files, and Discord takes 10"});
    for (int i = 0; i < 3; ++i)
        is_heavy.attach(attachment("a", text(most)));
    CHECK(broken_limits(is_heavy) ==
          sentences{"the message has 31457280 bytes of files, and Discord takes 26214400"});
}

}  // namespace tinfoil
