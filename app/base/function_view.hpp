#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace tinfoil {

template <class Signature>
class function_view;

/// Something callable that is borrowed for a call: no memory, no copy. Whoever takes one calls it
/// before returning and keeps nothing of it.
template <class Result, class... Arguments>
class function_view<Result(Arguments...)> {
public:
    template <class Call>
        requires(!std::is_same_v<std::remove_cvref_t<Call>, function_view>)
    function_view(Call&& from)  // NOLINT(google-explicit-constructor): it stands for the call.
        : what_(const_cast<void*>(static_cast<const void*>(std::addressof(from)))),
          call_([](void* what, Arguments... with) -> Result {
              return (*static_cast<std::remove_reference_t<Call>*>(what))(
                  std::forward<Arguments>(with)...);
          })
    {
    }
    Result operator()(Arguments... with) const
    {
        return call_(what_, std::forward<Arguments>(with)...);
    }

private:
    void* what_;
    Result (*call_)(void*, Arguments...);
};

}  // namespace tinfoil
