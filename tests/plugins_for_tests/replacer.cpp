// Puts another build in the place of its own file, as often as a message says, and each time in one
// step: `!replace FILE TIMES`, where FILE is its own.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <tinfoil/plugin.hpp>

using namespace tinfoil;

constexpr about info{.name = "replacer",
                     .version = "1.0.0",
                     .events = {event::message_create},
                     .intents = {intent::message_content}};

class replacer : public plugin {
public:
    explicit replacer(host& from) : plugin(from)
    {
        on(event::message_create, [this](event said) -> task<> {
            const std::string text(said.string("content"));
            const std::string order = "!replace ";
            if (text.starts_with(order)) {
                const auto space = text.rfind(' ');
                int times = 0;
                std::from_chars(text.data() + space + 1, text.data() + text.size(), times);
                replace(text.substr(order.size(), space - order.size()), times);
            }
            log("handled " + text.substr(0, 9));
            co_return;
        });
    }

private:
    void replace(const std::string& file, int times)
    {
        std::ifstream in(file, std::ios::binary);
        const std::string whole(std::istreambuf_iterator<char>(in), {});
        for (int i = 1; i <= times; ++i) {
            // Behind its end, where nobody looks; but they are other bytes, and so another build.
            const std::string fresh = file + ".fresh";
            std::ofstream(fresh, std::ios::binary) << whole << i;
            if (std::rename(fresh.c_str(), file.c_str()) != 0)
                log(level::error, "the file can't be replaced");
        }
        log("replaced itself " + std::to_string(times) + " times");
    }
};

TINFOIL_PLUGIN(replacer, info)
