#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <tinfoil/channel_type.hpp>
#include <tinfoil/permissions.hpp>

namespace tinfoil {

// Texts of the table are `const char*`, and lists std::initializer_list: g++ 12 keeps braces in
// braces in a constant only of types without constructors.

/// Nothing is said about a least or a greatest value.
inline constexpr double no_limit = std::numeric_limits<double>::quiet_NaN();
/// Of default_member_permissions: whoever may use commands at all.
inline constexpr permissions everybody = ~0ULL;

/// A name or a description in another language: `{"de", "gruss"}`. Discord Docs/Reference,
/// "Locales".
struct translation {
    const char* locale;
    const char* text;
};

/// Kinds of values that people give to a command, and the commands in it. Discord Docs/Application
/// Commands, "Application Command Option Type".
enum class option {
    subcommand = 1,
    group = 2,  ///< Of subcommands.
    text = 3,
    integer = 4,
    boolean = 5,
    user = 6,
    channel = 7,
    role = 8,
    mentionable = 9,  ///< A user or a role.
    number = 10,
    attachment = 11
};

/// One of the values that people can choose. Of an option::text its `text` is what the plugin gets,
/// of an option::integer its `integer`, of an option::number its `number`.
struct choice {
    const char* name = "";
    const char* text = "";
    std::int64_t integer = 0;
    double number = 0;
    std::initializer_list<translation> name_localizations = {};
};

/// Discord Docs/Application Commands, "Application Command Option Structure".
struct command_option {
    const char* name = "";
    const char* description = "";
    option type = option::text;
    bool required = false;
    std::initializer_list<choice> choices = {};
    double min_value = no_limit, max_value = no_limit;  ///< Of numbers.
    int min_length = -1, max_length = -1;               ///< Of a text; -1: nothing is said.
    std::initializer_list<channel_type> channel_types = {};
    bool autocomplete = false;  ///< The plugin suggests values: plugin::autocomplete().
    std::initializer_list<translation> name_localizations = {}, description_localizations = {};
    std::initializer_list<command_option> options = {};  ///< Of a subcommand, or of a group.
};

/// Discord Docs/Application Commands, "Application Command Types".
enum class command_type {
    chat = 1,    ///< `/name`
    user = 2,    ///< In the menu of a user.
    message = 3  ///< In the menu of a message.
};

/// Where a command can be used. "Interaction Context Types".
enum class context { guild = 0, bot_dm = 1, private_channel = 2 };

/// For whom an app is installed. Discord Docs/Application, "Application Integration Types".
enum class installation { guild = 0, user = 1 };

/// A command as the table has it. What is wrong with it does not compile. Discord Docs/Application
/// Commands.
struct command_info {
    const char* name = "";         ///< 1 to 32 characters, lower case unless it is of a menu.
    const char* description = "";  ///< 1 to 100 characters; of a menu's entry none.
    command_type type = command_type::chat;
    std::initializer_list<command_option> options = {};
    std::initializer_list<translation> name_localizations = {}, description_localizations = {};
    /// Who may use it unless a guild says otherwise; 0: administrators.
    permissions default_member_permissions = everybody;
    std::initializer_list<context> contexts = {};
    std::initializer_list<installation> integration_types = {};
    bool nsfw = false;
};

}  // namespace tinfoil
