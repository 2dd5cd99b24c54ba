#include <algorithm>
#include <cstdlib>

#include <unistd.h>

#include "server/media/inspect.hpp"
#include "server/media/jail.hpp"
#include "server/media/media.hpp"
#include "server/media/wire.hpp"

namespace waystation::server::media {
namespace {

constexpr unsigned processor_seconds_a_file = 60;

template <typename T>
bool send(const T& message) {
  return send_bytes(STDIN_FILENO, std::as_bytes(std::span{&message, 1}));
}

Hello hello_of(bool ready, std::string_view words) {
  Hello hello{.ready = ready ? 1U : 0U, .words = {}};
  words.copy(hello.words.data(), hello.words.size() - 1);
  return hello;
}

Answer answer_to(Pictures& pictures, const Request& request, const Arrived& arrived) {
  grant_processor_seconds(processor_seconds_a_file);
  const auto [from, to] = arrived.descriptors;
  if (request.task == Task::inspect) return pack(inspect(pictures, from, request.limits));
  Answer answer;
  const Variant variant = request.task == Task::thumb ? Variant::thumb : Variant::view;
  if (const auto fault = make(pictures, from, variant, request.limits, to))
    answer.fault = static_cast<std::uint32_t>(*fault);
  return answer;
}

void serve() {
  limit_process();
  const auto pictures = Pictures::open();
  if (!pictures) {
    (void)send(hello_of(false, pictures.error()));
    return;
  }
  if (!send(hello_of(true, lock_down()))) return;
  while (true) {
    Request request;
    Arrived arrived;
    if (!receive_bytes(STDIN_FILENO, std::as_writable_bytes(std::span{&request, 1}), &arrived)) return;
    if (!send(answer_to(**pictures, request, arrived))) return;
  }
}

}  // namespace

int run_media_child() {
  serve();
  // Nothing is worth tidying in a process of which hostile bytes may have made anything.
  ::_exit(EXIT_SUCCESS);
}

}  // namespace waystation::server::media
