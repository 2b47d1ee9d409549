// Says of each message that it has seen it, so that a test can tell that nobody lost one.
#include "notebook.hpp"

#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{.name = "bystander",
                     .version = "1.0.0",
                     .description = "Sees messages",
                     .events = {event::message_create},
                     .intents = {intent::message_content},
                     .settings = {{.name = "notes",
                                   .description = "A file for what it sees",
                                   .type = setting::text,
                                   .text = "/dev/null"}}};

class bystander : public plugin {
public:
    explicit bystander(host& from) : plugin(from), notes_(setting<std::string>("notes"))
    {
        on(event::message_create, [this](event said) -> task<> {
            const std::string text = "bystander saw " + std::string(said.string("content")) +
                                     (said.is_redelivered() ? " again" : "");
            if (!notes_.write(text))
                log(level::error, "the notebook can't be written");
            log(text);
            co_return;
        });
    }

    ~bystander() override { notes_.write("bystander says goodbye"); }

private:
    notebook notes_;
};

TINFOIL_PLUGIN(bystander, info)
