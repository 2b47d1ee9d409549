// What Discord's table of types does not say of a message, however it is posted. Discord
// Docs/Message, Discord Docs/Component Reference.
#include "rest_scene.hpp"

using namespace tinfoil;
using namespace tinfoil::discordsim;
using namespace std::chrono_literals;

namespace {

struct messages_scene : rest_scene {
    std::string code(const reply& got, const std::string& where)
    {
        boost::json::error_code failed;
        const auto* found = got.body.find_pointer("/errors" + where + "/_errors/0/code", failed);
        if (found != nullptr)
            CHECK(got.status == 400);
        return found == nullptr ? "" : found->as_string().c_str();
    }
    /// Of a message with this body: the code of the error at this place, empty when there is none.
    std::string posted(const std::string& body, const std::string& where)
    {
        return code(ask("POST", channel_path() + "/messages", body), where);
    }
    std::string with_rows(const std::string& rows, const std::string& where)
    {
        return posted(R"({"content":"a","components":[)" + rows + "]}", "/components" + where);
    }
    std::string with_row(const std::string& components, const std::string& where)
    {
        return with_rows(R"({"type":1,"components":[)" + components + "]}",
                         "/0/components" + where);
    }
};

std::string button(const std::string& id)
{
    return R"({"type":2,"style":1,"label":"b","custom_id":")" + id + "\"}";
}

std::string embed(std::size_t length)
{
    return R"({"description":")" + std::string(length, 'x') + "\"}";
}

constexpr const char* required = "BASE_TYPE_REQUIRED";
constexpr const char* choices = "BASE_TYPE_CHOICES";

}  // namespace

TEST_CASE("rest messages: blanks and embeds without anything are an empty message",
          "[rest/message]")
{
    messages_scene it;
    const std::string path = it.channel_path() + "/messages";
    for (const char* body : {R"({"content":" \n\t "})", R"({"embeds":[{}]})",
                             R"({"content":"","embeds":[{"color":5}]})"})
        CHECK(it.ask("POST", path, body).at("/code") == 50006);
    CHECK(it.ask("POST", path, R"({"embeds":[{"image":{"url":"https://a.b/c.png"}}]})").status ==
          200);
    const std::string message = it.message_path("hello");
    CHECK(it.ask("PATCH", message, R"({"content":" "})").at("/code") == 50006);
    CHECK(it.ask("GET", message).at("/content") == "hello");
    CHECK(it.ask("PATCH", message, R"({"content":"","embeds":[{"title":"t"}]})").status == 200);
    CHECK(it.ask("PATCH", message, R"({"embeds":[]})").at("/code") == 50006);
}

// "Embed Limits".
TEST_CASE("rest messages: embeds have 6000 characters together, and whole fields", "[rest/message]")
{
    messages_scene it;
    CHECK(it.posted(R"({"embeds":[)" + embed(4096) + "," + embed(1904) + "]}", "/embeds").empty());
    CHECK(it.posted(R"({"embeds":[)" + embed(4096) + "," + embed(1905) + "]}", "/embeds") ==
          "MAX_EMBED_SIZE_EXCEEDED");
    const auto fields = [&](const std::string& all, const std::string& where) {
        return it.posted(R"({"embeds":[{"fields":[)" + all + "]}]}", "/embeds/0/fields" + where);
    };
    CHECK(fields(R"({"name":"","value":"v"})", "/0/name") == required);
    CHECK(fields(R"({"name":"n","value":""})", "/0/value") == required);
    std::string many;
    for (int at = 0; at < 26; ++at)
        many += std::string(at == 0 ? "" : ",") + R"({"name":"n","value":"v"})";
    CHECK(fields(many, "") == "BASE_TYPE_MAX_LENGTH");
    CHECK(it.posted(R"({"embeds":[{"title":"t","url":"example.org"}]})", "/embeds/0/url") ==
          "URL_TYPE_INVALID_URL");
    CHECK(it.posted(R"({"embeds":[{"title":"t","image":{"url":"ftp://a/b"}}]})",
                    "/embeds/0/image/url") == "URL_TYPE_INVALID_SCHEME");
    CHECK(it.posted(R"({"embeds":[{"title":"t","image":{"url":"attachment://b"}}]})", "").empty());
}

TEST_CASE("rest messages: a nonce has 25 characters at most", "[rest/message]")
{
    messages_scene it;
    const auto with = [&](std::size_t length) {
        return it.posted(R"({"content":"a","nonce":")" + std::string(length, 'n') + "\"}",
                         "/nonce");
    };
    CHECK(with(25).empty());
    CHECK(with(26) == "BASE_TYPE_MAX_LENGTH");
}

// "Message Reference Structure".
TEST_CASE("rest messages: a reply is to a message that there is, unless it says it may fail",
          "[rest/message]")
{
    messages_scene it;
    const std::string gone = it.message_path();
    it.ask("DELETE", gone);
    const auto reply = [&](const std::string& id, const std::string& more) {
        return R"({"content":"a","message_reference":{"message_id":")" + id + "\"" + more + "}}";
    };
    for (const std::string& id : {gone.substr(gone.rfind('/') + 1), std::string("1")}) {
        CHECK(it.posted(reply(id, ""), "/message_reference") ==
              "MESSAGE_REFERENCE_UNKNOWN_MESSAGE");
        const auto got = it.ask("POST", it.channel_path() + "/messages",
                                reply(id, R"(,"fail_if_not_exists":false)"));
        CHECK(got.at("/type") == 0);
        CHECK_FALSE(got.body.as_object().contains("message_reference"));
    }
    // Of what is not remembered any more it can't be said.
    const std::string old = it.message_path();
    for (int i = 0; i < 200; ++i)
        it.message_path();
    CHECK(it.posted(reply(old.substr(old.rfind('/') + 1), ""), "").empty());
}

TEST_CASE("rest components: rows at the top, five of them, each with what fits", "[rest/message]")
{
    messages_scene it;
    CHECK(it.with_row(button("a"), "").empty());
    CHECK(it.with_rows(button("a"), "/0/type") == choices);
    CHECK(it.with_rows(R"({"type":99})", "/0/type") == choices);
    CHECK(it.with_rows(R"({"type":10,"content":"text"})", "/0/type") == choices);
    CHECK(it.with_row(R"({"type":99})", "/0/type") == choices);
    CHECK(it.with_row(R"({"type":4,"style":1,"label":"l","custom_id":"t"})", "/0/type") == choices);
    CHECK(it.with_rows(R"({"type":1,"components":[]})", "/0/components") == "BASE_TYPE_BAD_LENGTH");
    CHECK(it.with_rows(R"({"type":1})", "/0/components") == required);
    std::string buttons, rows;
    for (int at = 0; at < 6; ++at) {
        const std::string id = std::to_string(at);
        buttons += std::string(at == 0 ? "" : ",") + button(id);
        rows += std::string(at == 0 ? "" : ",") + R"({"type":1,"components":[)" + button(id) + "]}";
    }
    CHECK(it.with_rows(rows, "") == "BASE_TYPE_BAD_LENGTH");
    CHECK(it.with_row(buttons, "") == "BASE_TYPE_BAD_LENGTH");
    CHECK(it.with_row(button("a") + R"(,{"type":5,"custom_id":"s"})", "") ==
          "COMPONENT_LAYOUT_WIDTH_EXCEEDED");
}

// "Button Styles".
TEST_CASE("rest components: a button has what its style does, and ids are used once",
          "[rest/message]")
{
    messages_scene it;
    const auto styled = [&](int style, const std::string& more, const std::string& where) {
        return it.with_row(R"({"type":2,"label":"b","style":)" + std::to_string(style) + more + "}",
                           "/0" + where);
    };
    CHECK(styled(1, "", "/custom_id") == required);
    CHECK(styled(1, R"(,"custom_id":"a","url":"https://a.b")", "/url") ==
          "BUTTON_COMPONENT_INVALID_FIELD");
    CHECK(styled(5, R"(,"url":"https://a.b")", "").empty());
    CHECK(styled(5, "", "/url") == required);
    CHECK(styled(5, R"(,"url":"https://a.b","custom_id":"a")", "/custom_id") ==
          "BUTTON_COMPONENT_INVALID_FIELD");
    CHECK(styled(6, R"(,"sku_id":"5")", "") == "BUTTON_COMPONENT_INVALID_FIELD");
    CHECK(styled(7, "", "/style") == choices);
    CHECK(it.with_row(R"({"type":2,"style":6,"sku_id":"5"})", "/0").empty());
    CHECK(it.with_row(R"({"type":2,"style":1,"custom_id":"a"})", "/0") ==
          "BUTTON_COMPONENT_LABEL_REQUIRED");
    CHECK(it.with_row(R"({"type":2,"style":1,"custom_id":"a","emoji":{"name":"🍵"}})", "").empty());
    CHECK(it.with_row(button("a") + "," + button("a"), "/1/custom_id") ==
          "COMPONENT_CUSTOM_ID_DUPLICATED");
}

TEST_CASE("rest components: a select of texts has up to 25 options, each once", "[rest/message]")
{
    messages_scene it;
    const auto with = [&](const std::string& options, const std::string& where,
                          const std::string& more = "") {
        return it.with_row(R"({"type":3,"custom_id":"s","options":[)" + options + "]" + more + "}",
                           "/0" + where);
    };
    const std::string one = R"({"label":"l","value":"v"})";
    CHECK(with(one, "").empty());
    CHECK(with(one + "," + one, "/options/1/value") == "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED");
    CHECK(it.with_row(R"({"type":3,"custom_id":"s"})", "/0/options") == required);
    CHECK(it.with_row(R"({"type":5})", "/0/custom_id") == required);
    CHECK(with(one, "/min_values", R"(,"min_values":2,"max_values":1)") == "NUMBER_TYPE_MAX");
    std::string many;
    for (int at = 0; at < 26; ++at)
        many += std::string(at == 0 ? "" : ",") + R"({"label":"l","value":"v)" +
                std::to_string(at) + "\"}";
    CHECK(with(many, "/options") == "BASE_TYPE_BAD_LENGTH");
}

TEST_CASE("rest components: with their flag they are all there is, of more kinds", "[rest/message]")
{
    messages_scene it;
    const auto with = [&](const std::string& components, const std::string& where,
                          const std::string& more = "") {
        return it.posted(R"({"flags":32768,"components":[)" + components + "]" + more + "}", where);
    };
    const std::string text = R"({"type":10,"content":"t"})";
    CHECK(with(text, "").empty());
    CHECK(with(R"({"type":17,"components":[)" + text + R"(,{"type":14},{"type":9,"components":[)" +
                   text + R"(],"accessory":)" + button("a") + "}]}",
               "")
              .empty());
    CHECK(with(text, "/content", R"(,"content":"c")") ==
          "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2");
    CHECK(with(text, "/embeds", R"(,"embeds":[{"title":"t"}])") ==
          "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2");
    CHECK(with(R"({"type":9,"components":[)" + text + "]}", "/components/0/accessory") == required);
    CHECK(with(R"({"type":17,"components":[{"type":17,"components":[)" + text + "]}]}",
               "/components/0/components/0/type") == choices);
    CHECK(with(button("a"), "/components/0/type") == choices);
    std::string many = text;
    for (int at = 0; at < 39; ++at)
        many += "," + text;
    CHECK(with(many, "").empty());
    CHECK(with(R"({"type":17,"components":[)" + many + "]}", "/components") ==
          "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED");
    // An edit may set the flag as well.
    const std::string message = it.message_path();
    CHECK(it.code(it.ask("PATCH", message, R"({"components":[)" + text + "]}"),
                  "/components/0/type") == choices);
    CHECK(it.ask("PATCH", message, R"({"content":null,"flags":32768,"components":[)" + text + "]}")
              .at("/flags") == 32768);
}

TEST_CASE("rest interactions: answers are held to what all messages are", "[rest/interaction]")
{
    messages_scene it;
    const auto answered = [&](const std::string& body, const std::string& where) {
        return it.code(it.hurry("POST", it.callback_path(it.called()), body), "/data" + where);
    };
    CHECK(answered(R"({"type":4,"data":{"content":")" + std::string(2001, 'x') + "\"}}",
                   "/content") == "BASE_TYPE_MAX_LENGTH");
    CHECK(answered(R"({"type":4,"data":{"content":"a","components":[{"type":99}]}})",
                   "/components/0/type") == choices);
    const auto modal = [&](const std::string& components, const std::string& where) {
        return answered(R"({"type":9,"data":{"custom_id":"m","title":"t","components":[)" +
                            components + "]}}",
                        "/components" + where);
    };
    const std::string input = R"({"type":4,"custom_id":"i","style":1)";
    const std::string row = R"({"type":1,"components":[)";
    CHECK(modal("", "") == "BASE_TYPE_BAD_LENGTH");
    CHECK(modal(row + input + R"(,"label":"l"}]})", "").empty());
    CHECK(modal(row + input + "}]}", "/0/components/0/label") == required);
    CHECK(modal(R"({"type":18,"label":"l","component":)" + input + "}}", "").empty());
    CHECK(modal(row + button("b") + "]}", "/0/components/0/type") == choices);
    CHECK(modal(R"({"type":18,"label":"l","component":)" + button("b") + "}",
                "/0/component/type") == choices);
    CHECK(modal(row + input + R"(,"label":"l","min_length":5,"max_length":2}]})",
                "/0/components/0/min_length") == "NUMBER_TYPE_MAX");
    CHECK(it.events.empty());
}

// Discord Docs/Reference, "Content Type".
TEST_CASE("rest: a body of another type, or of parts that are none, is refused as that",
          "[rest/form]")
{
    messages_scene it;
    const std::string path = it.channel_path() + "/messages";
    const auto sent = [&](const std::string& type, const std::string& body) {
        it.now += 6s;
        return it.send({1, "POST", path, body, type, "Bot sandbox"});
    };
    const std::string body = R"({"content":"a"})";
    for (const char* type : {"text/plain", "", "application/jsonx"})
        CHECK(it.code(sent(type, body), "") == "CONTENT_TYPE_INVALID");
    CHECK(sent("application/json; charset=utf-8", body).status == 200);
    CHECK(sent("Application/JSON", body).status == 200);
    const auto broken = sent("multipart/form-data; boundary=B", "--B\r\n");
    CHECK(broken.at("/code") == 50035);
    CHECK(it.code(broken, "") == "MULTIPART_INVALID");
    CHECK(sent("application/json", "{").at("/code") == 50109);
}
