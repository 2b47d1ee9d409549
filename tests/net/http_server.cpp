#include "net/http_server.hpp"

#include <openssl/ssl.h>

namespace test {

void http_server::greet(const std::shared_ptr<guest>& who)
{
    auto* secure = who->to->tls();
    if (secure == nullptr)
        return read(who);
    secure->async_handshake(boost::asio::ssl::stream_base::server,
                            [this, who, secure](boost::system::error_code failed) {
                                if (failed)
                                    return;
                                who->was_resumed = SSL_session_reused(secure->native_handle()) == 1;
                                read(who);
                            });
}

}  // namespace test
