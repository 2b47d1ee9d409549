// Says again and again which commands Discord has, with their versions. As somebody else would, it
// makes the one that its setting `make` names.
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{
    .name = "observer",
    .version = "1.0.0",
    .settings = {
        {.name = "make", .description = "A command that it makes", .type = setting::text}}};

class observer : public plugin {
public:
    explicit observer(host& from) : plugin(from), application_(from.own.application_id())
    {
        start("look", look());
    }

private:
    task<> look()
    {
        const std::string name = setting<std::string>("make");
        const auto commands = rest().applications(application_).commands();
        if (!name.empty())
            (co_await commands.post().field("name", name).field("description", "Own")).value();
        for (;;) {
            const rest_result all = co_await commands.get();
            std::string text = "commands:";
            for (const auto& each : all.value().as_array())
                text += " " + std::string(text_in(each.as_object(), "name")) + "=" +
                        std::string(text_in(each.as_object(), "version"));
            log(text);
            co_await sleep(std::chrono::milliseconds(5));
        }
    }

    std::uint64_t application_;
};

TINFOIL_PLUGIN(observer, info)
