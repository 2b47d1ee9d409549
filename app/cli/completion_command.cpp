#include "cli/completion_command.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace tinfoil::cli {
namespace {

// Within single quotes of any of these shells.
std::string quoted(std::string_view text, std::string_view quote)
{
    std::string made;
    for (const char each : text)
        each == '\'' ? made += quote : made += each;
    return made;
}

// `'tinfoil run' | 'tinfoil plugins'`: where a word leads to a command below.
std::string command_cases(const command_page& of, std::string_view between)
{
    std::vector<std::string> all;
    for (const command_page* each : all_pages(of))
        if (each->path.size() > 1)
            all.push_back("'" + each->name() + "'");
    return fmt::format("{}", fmt::join(all, between));
}

// The same of options whose next word is their value; nothing when there is none.
std::string value_cases(const command_page& of, std::string_view between,
                        const std::vector<std::string_view>& kinds = {})
{
    std::vector<std::string> all;
    for (const command_page* each : all_pages(of))
        for (const command_option& one : each->options)
            if (!one.is_argument && !one.value.empty() &&
                (kinds.empty() || std::find(kinds.begin(), kinds.end(), one.value) != kinds.end()))
                for (const std::string& name : one.names)
                    all.push_back("'" + each->name() + " " + name + "'");
    return fmt::format("{}", fmt::join(all, between));
}

std::vector<std::string> words_of(const command_page& of)
{
    std::vector<std::string> all;
    for (const command_page& each : of.commands)
        all.push_back(each.path.back());
    for (const command_option& each : of.options)
        if (!each.is_argument)
            all.insert(all.end(), each.names.begin(), each.names.end());
        else if (each.names.front() == "SHELL")
            all.insert(all.end(), {"bash", "zsh", "fish"});
    return all;
}

bool takes_file(const command_page& of)
{
    return std::any_of(of.options.begin(), of.options.end(), [](const command_option& each) {
        return each.is_argument && each.value == "FILE";
    });
}

}  // namespace

std::string bash_completion(const command_page& of)
{
    std::string cases;
    for (const command_page* each : all_pages(of))
        cases +=
            fmt::format("    '{}') words='{}'{} ;;\n", each->name(),
                        fmt::join(words_of(*each), " "), takes_file(*each) ? " files=yes" : "");
    return fmt::format(R"(# bash completion of tinfoil; made by: tinfoil completion bash
_tinfoil() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    local path=tinfoil words='' files='' at word
    for ((at = 1; at < COMP_CWORD; at++)); do
        word=${{COMP_WORDS[at]}}
        case "$path $word" in
        {0}) path="$path $word" ;;
        {1}) at=$((at + 1)) ;;
        esac
    done
    COMPREPLY=()
    case "$path $before" in
    {2}) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    {3}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    {1}) return ;;
    esac
    case "$path" in
{4}    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; [ -z "$files" ] || compgen -f -- "$current")
}}
complete -o filenames -F _tinfoil tinfoil
)",
                       command_cases(of, " | "), value_cases(of, " | "),
                       value_cases(of, " | ", {"FOLDER"}), value_cases(of, " | ", {"FILE"}), cases);
}

std::string zsh_completion(const command_page& of)
{
    // `name:help`, in which a colon of either would end the name.
    const auto described = [](std::string name, const std::string& help) {
        std::string made;
        for (const char each : name)
            made += each == ':' ? std::string("\\:") : std::string(1, each);
        return " '" + quoted(made + ":" + help, "'\\''") + "'";
    };
    std::string cases;
    for (const command_page* each : all_pages(of)) {
        std::string list;
        for (const command_page& one : each->commands)
            list += described(one.path.back(), one.about);
        for (const command_option& one : each->options)
            if (!one.is_argument)
                for (const std::string& name : one.names)
                    list += described(name, one.help);
            else if (one.names.front() == "SHELL")
                list += " bash zsh fish";
        cases += fmt::format("    '{}') words_here=({} ){} ;;\n", each->name(), list,
                             takes_file(*each) ? " files=yes" : "");
    }
    return fmt::format(R"(#compdef tinfoil
# zsh completion of tinfoil; made by: tinfoil completion zsh
_tinfoil() {{
    local where=tinfoil files='' at word
    local -a words_here
    for ((at = 2; at < CURRENT; at++)); do
        word=$words[at]
        case "$where $word" in
        {0}) where="$where $word" ;;
        {1}) at=$((at + 1)) ;;
        esac
    done
    case "$where $words[CURRENT-1]" in
    {2}) _files -/; return ;;
    {3}) _files; return ;;
    {1}) return ;;
    esac
    case "$where" in
{4}    esac
    _describe tinfoil words_here
    [[ -z $files ]] || _files
}}
if [ "$funcstack[1]" = _tinfoil ]; then _tinfoil "$@"; else compdef _tinfoil tinfoil; fi
)",
                       command_cases(of, " | "), value_cases(of, " | "),
                       value_cases(of, " | ", {"FOLDER"}), value_cases(of, " | ", {"FILE"}), cases);
}

std::string fish_completion(const command_page& of)
{
    std::string lines;
    for (const command_page* each : all_pages(of)) {
        const std::string here =
            fmt::format("complete -c tinfoil -n 'test (__tinfoil_at) = \"{}\"'", each->name());
        for (const command_page& one : each->commands)
            lines +=
                fmt::format("{} -a {} -d '{}'\n", here, one.path.back(), quoted(one.about, "\\'"));
        for (const command_option& one : each->options) {
            if (one.is_argument) {
                if (one.names.front() == "SHELL")
                    lines += here + " -a 'bash zsh fish'\n";
                if (one.value == "FILE")
                    lines += here + " -F\n";
                continue;
            }
            lines += here;
            for (const std::string& name : one.names)
                lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            lines += one.value.empty()                              ? ""
                     : one.value == "FILE" || one.value == "FOLDER" ? " -r -F"
                                                                    : " -x";
            lines += fmt::format(" -d '{}'\n", quoted(one.help, "\\'"));
        }
    }
    return fmt::format(R"(# fish completion of tinfoil; made by: tinfoil completion fish
function __tinfoil_at
    set -l where tinfoil
    set -l is_value no
    for word in (commandline -opc)[2..-1]
        if test $is_value = yes
            set is_value no
            continue
        end
        switch "$where $word"
            case {0}
                set where "$where $word"
            case {1}
                set is_value yes
        end
    end
    echo $where
end
complete -c tinfoil -f
{2})",
                       command_cases(of, " "), value_cases(of, " "), lines);
}

void add_completion_flags(CLI::App& command, completion_flags& given)
{
    command.add_option("SHELL", given.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

int run_completion(const CLI::App& of, const completion_flags& given)
{
    const command_page root = command_tree(of);
    fmt::print("{}", given.shell == "bash"  ? bash_completion(root)
                     : given.shell == "zsh" ? zsh_completion(root)
                                            : fish_completion(root));
    return EXIT_SUCCESS;
}

}  // namespace tinfoil::cli
