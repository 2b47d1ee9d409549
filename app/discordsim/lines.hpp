#pragma once

#include <array>
#include <string_view>

namespace tinfoil::discordsim {

/// What people say when nobody has asked them for anything.
inline constexpr std::array<std::string_view, 12> lines{"good morning everyone",
                                                        "did anybody see the rain just now?",
                                                        "I baked too much again, who wants some",
                                                        "brb, the kettle",
                                                        "that was a long day",
                                                        "ha, I knew it",
                                                        "has somebody a spare bicycle pump?",
                                                        "the 23:40 was on time. on time!",
                                                        "what are you all listening to?",
                                                        "I'll post pictures later",
                                                        "nice!",
                                                        "see you tomorrow"};

}  // namespace tinfoil::discordsim
