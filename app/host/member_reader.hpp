#pragma once

#include <boost/json.hpp>

#include <fmt/format.h>
#include <string>
#include <string_view>

namespace tinfoil::host {

/// Reads members of one object of an answer, and remembers in `wrong` the first that is of another
/// kind than expected. What is missing leaves what it would have filled as it is.
class member_reader {
public:
    member_reader(const boost::json::value& from, std::string& wrong)
        : of_(from.if_object()),
          wrong_(wrong)
    {
        if (of_ == nullptr)
            blame("an object");
    }

    [[nodiscard]] const boost::json::value* find(std::string_view name) const
    {
        const auto* found = of_ == nullptr ? nullptr : of_->if_contains(name);
        return found == nullptr || found->is_null() ? nullptr : found;
    }
    void operator()(std::string_view name, std::string& into) const
    {
        if (const auto* found = find(name)) {
            if (found->is_string())
                into.assign(std::string_view(found->get_string()));
            else
                blame(name);
        }
    }
    void operator()(std::string_view name, bool& into) const
    {
        if (const auto* found = find(name)) {
            if (found->is_bool())
                into = found->get_bool();
            else
                blame(name);
        }
    }
    template <class Number>
    void operator()(std::string_view name, Number& into) const
    {
        if (const auto* found = find(name)) {
            boost::system::error_code failed;
            const Number number = found->to_number<Number>(failed);
            if (failed || found->is_double())
                blame(name);
            else
                into = number;
        }
    }
    void blame(std::string_view name) const
    {
        if (wrong_.empty())
            wrong_ = fmt::format("its \"{}\"", name);
    }

private:
    const boost::json::object* of_;
    std::string& wrong_;
};

/// Calls `each` with a reader of every element; nothing is an empty list.
template <class Each>
void read_array(const boost::json::value* from, std::string& wrong, const Each& each)
{
    if (from == nullptr)
        return;
    if (!from->is_array())
        wrong = wrong.empty() ? "a list" : wrong;
    else
        for (const boost::json::value& one : from->get_array())
            each(member_reader(one, wrong));
}

}  // namespace tinfoil::host
