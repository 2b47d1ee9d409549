#include "host/token_care.hpp"

#include "host/config.hpp"

#include <csignal>

namespace tinfoil::host {

token_care::token_care(boost::asio::io_context& loop, std::filesystem::path file, redacted token,
                       owner to)
    : hangups_(loop),
      looks_(loop),
      asks_(loop),
      file_(std::move(file)),
      token_(std::move(token)),
      to_(std::move(to))
{
}

void token_care::begin()
{
    boost::system::error_code failed;
    hangups_.add(SIGHUP, failed);
    hangups_.async_wait([this](boost::system::error_code stopped, int) {
        if (stopped)
            return;
        on_hangup();
        begin();
    });
}

void token_care::on_hangup()
{
    if (file_.empty())
        return to_.say(false, "SIGHUP: the token came from the environment, which can't change; "
                              "started with --token-file this host would take a new one");
    auto read = read_token(file_, "token file");
    if (!read)
        return to_.say(true, read.error().detail);
    if (read->reveal() == token_.reveal() && !is_refused_)
        return to_.say(false, "SIGHUP: the token is the same as before");
    use(std::move(*read));
}

void token_care::on_refused()
{
    if (!to_.runs())
        return;
    if (std::exchange(is_refused_, true))
        to_.say(true, "Discord refuses this token, too");
    to_.refused("Discord does not accept the bot token any more (401)" +
                std::string(file_.empty() ? "; it came from the environment, so a new one needs a "
                                            "restart"
                                          : ""));
    if (!file_.empty())
        look();
}

void token_care::look()
{
    looks_.expires_after(look_interval);
    looks_.async_wait([this](boost::system::error_code failed) {
        if (failed)
            return;
        // One that can't be read is perhaps just being written.
        auto read = read_token(file_, "token file");
        if (!read || read->reveal() == token_.reveal())
            return look();
        use(std::move(*read));
    });
}

void token_care::use(redacted token)
{
    looks_.cancel();
    token_ = std::move(token);
    to_.use(token_);
    if (to_.runs())
        check(duration::zero());
}

void token_care::check(duration wait)
{
    asks_.expires_after(wait);
    asks_.async_wait([this](boost::system::error_code failed) {
        if (failed)
            return;
        to_.ask([this](const result<void>& answered) {
            if (answered) {
                is_refused_ = false;
                to_.say(false, "Discord accepts the bot token; the collections start anew with it");
                return to_.accepted();
            }
            // A 401 has been told of already, and its remedy is waited for.
            if (answered.error().code == errc::token_rejected) {
                if (!is_refused_)
                    on_refused();
                return;
            }
            to_.say(true, answered.error().detail);
            check(ask_interval);
        });
    });
}

}  // namespace tinfoil::host
