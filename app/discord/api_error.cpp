#include "discord/api_error.hpp"

#include <boost/json.hpp>

#include <vector>

namespace tinfoil::discord {
namespace {

namespace json = boost::json;

// More of them say nothing new to people.
constexpr std::size_t shown_max = 10;
constexpr int depth_max = 24;

std::string text_of(const json::object& from, std::string_view key)
{
    const auto* found = from.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

void collect(const json::object& from, const std::string& where, int depth,
             std::vector<std::string>& into)
{
    for (const auto& each : from) {
        if (into.size() >= shown_max || depth > depth_max)
            return;
        const std::string key(each.key());
        if (const auto* all = each.value().if_array(); all != nullptr && key == "_errors") {
            for (const auto& one : *all)
                into.push_back((where.empty() ? "" : where + ": ") +
                               (one.is_object() ? text_of(one.get_object(), "message") : ""));
        } else if (const auto* inner = each.value().if_object()) {
            std::string below = where;
            below += where.empty() ? "" : ".";
            below += key;
            collect(*inner, below, depth + 1, into);
        }
    }
}

}  // namespace

api_error read_api_error(int status, std::string_view body)
{
    api_error made;
    json::error_code failed;
    const json::value document = json::parse(body, failed);
    const auto* root = failed ? nullptr : document.if_object();
    if (root != nullptr) {
        made.text = text_of(*root, "message");
        if (const auto* code = root->if_contains("code"); code != nullptr && code->is_int64())
            made.code = code->get_int64();
        if (const auto* wait = root->if_contains("retry_after"); wait != nullptr)
            made.retry_after_s = wait->is_number() ? wait->to_number<double>() : 0;
        std::vector<std::string> all;
        if (const auto* errors = root->if_contains("errors");
            errors != nullptr && errors->is_object())
            collect(errors->get_object(), "", 0, all);
        for (std::size_t i = 0; i < all.size(); ++i)
            made.text += (i == 0 ? ": " : "; ") + all[i];
    }
    if (made.text.empty())
        made.text = "HTTP status " + std::to_string(status);
    return made;
}

}  // namespace tinfoil::discord
