// Whether anything listens at an address, however slow it is to answer.
#pragma once

#include <string>
#include <zmq.hpp>

namespace hobnail::daw {

// [control, may wait] True as soon as a connection stands: a program that is starved of time has that too, one that was
// not started has not.
[[nodiscard]] inline bool somebody_listens(const std::string& address, double patience_s) {
    try {
        zmq::context_t context;
        zmq::socket_t asking(context, zmq::socket_type::dealer), events(context, zmq::socket_type::pair);
        asking.set(zmq::sockopt::linger, 0);
        events.set(zmq::sockopt::linger, 0);
        if (zmq_socket_monitor(asking.handle(), "inproc://connected", ZMQ_EVENT_CONNECTED) != 0) {
            return false;
        }
        events.connect("inproc://connected");
        asking.connect(address);
        zmq_pollitem_t item{events.handle(), 0, ZMQ_POLLIN, 0};
        return zmq_poll(&item, 1, static_cast<long>(patience_s * 1e3)) > 0;
    } catch (const zmq::error_t&) {
        return false;  // no address
    }
}

}  // namespace hobnail::daw
