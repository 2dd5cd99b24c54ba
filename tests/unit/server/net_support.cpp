#include "tests/unit/server/net_support.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <stdexcept>

#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace waystation::server::testing {

namespace {

constexpr auto patience = std::chrono::seconds(10);

unsigned number(std::string_view query, std::string_view name, unsigned otherwise) {
  const std::string key = std::string(name) + "=";
  const auto at = query.find(key);
  if (at == std::string_view::npos) return otherwise;
  const std::string_view digits = query.substr(at + key.size());
  unsigned value = otherwise;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::shared_ptr<SSL_CTX> self_signed() {
  static const std::shared_ptr<SSL_CTX> made = [] {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const std::array<unsigned char, 9> host{'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't'};
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host.data(), host.size(), -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (SSL_CTX_use_certificate(context.get(), certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
      throw std::runtime_error("no certificate");
    return context;
  }();
  return made;
}

void CountedFeed::next(std::function<void(FeedBatch)> done) {
  FeedBatch batch;
  {
    const std::lock_guard lock(mutex_);
    while (at_ < count_ && batch.messages.size() < batch_) {
      const std::string place = std::to_string(++at_);
      batch.messages.push_back(
          {"change", place, "{\"n\":" + place + ",\"pad\":\"" + std::string(size_, 'x') + "\"}"});
    }
    given_ += static_cast<unsigned>(batch.messages.size());
    if (at_ == count_ && close_ != 0) batch.close = close_;
    if (batch.messages.empty() && !batch.close && !cancelled_) {
      waiting_ = std::move(done);
      return;
    }
  }
  done(std::move(batch));
}

void CountedFeed::cancel() {
  std::function<void(FeedBatch)> waiting;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    std::swap(waiting, waiting_);
  }
  if (waiting) waiting({});
}

bool KeptBody::take(std::string_view piece) {
  if (busy_.exchange(true)) in_order_ = false;
  if (manner_.gate.valid()) manner_.gate.wait();
  std::this_thread::sleep_for(manner_.slow);
  if (manner_.fails) throw std::runtime_error("the disk is gone");
  const std::lock_guard lock(mutex_);
  if (whole_ || piece.empty() || bytes_.size() >= manner_.stop) in_order_ = false;
  bytes_ += piece;
  ++pieces_;
  longest_ = std::max(longest_, piece.size());
  busy_ = false;
  return bytes_.size() < manner_.stop;
}

void KeptBody::end(bool whole, std::function<void(Response)> done) {
  Response response;
  {
    const std::lock_guard lock(mutex_);
    if (whole_) in_order_ = false;
    whole_ = whole;
    response.body = "kept " + std::to_string(bytes_.size());
    changed_.notify_all();
  }
  done(std::move(response));
}

bool KeptBody::ended_whole() {
  std::unique_lock lock(mutex_);
  BOOST_REQUIRE(changed_.wait_for(lock, patience, [&] { return whole_.has_value(); }));
  return *whole_;
}

std::string KeptBody::bytes() {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t KeptBody::pieces() {
  const std::lock_guard lock(mutex_);
  return pieces_;
}

std::size_t KeptBody::longest_piece() {
  const std::lock_guard lock(mutex_);
  return longest_;
}

SmallHouse::~SmallHouse() {
  for (auto& thread : threads_)
    thread.join();
  for (const auto& done : unanswered_)
    done({});  // far too late: nobody listens any more
}

Doors::Admission SmallHouse::admit(const RequestHead& head) {
  if (head.path == "/refused") return {.refusal = problem(401, "no", head)};
  if (head.path == "/echo") return {.body_limit = 1U << 20U};
  if (head.path == "/sink") return {.body_limit = 100'000'000, .streams = true};
  if (head.path == "/tiny") return {.body_limit = 10};
  return {};
}

void SmallHouse::open_sink(RequestHead head, std::function<void(SinkOpening)> done) {
  if (number(head.query, "refuse", 0) > 0)
    return done({.sink = nullptr, .refusal = problem(409, "taken", head)});
  KeptBody::Manner manner{.stop = number(head.query, "stop", UINT_MAX),
                          .slow = std::chrono::milliseconds(number(head.query, "slow", 0)),
                          .fails = number(head.query, "fails", 0) > 0};
  if (number(head.query, "gate", 0) > 0) manner.gate = gate_opened_;
  auto open = [this, manner = std::move(manner), done = std::move(done)] {
    auto sink = std::make_shared<KeptBody>(manner);
    {
      const std::lock_guard lock(mutex_);
      sinks_.push_back(sink);
      changed_.notify_all();
    }
    done({.sink = std::move(sink), .refusal = {}});
  };
  if (number(head.query, "late", 0) == 0) return open();
  const std::lock_guard lock(mutex_);
  threads_.emplace_back([open = std::move(open)] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    open();
  });
}

std::vector<std::shared_ptr<KeptBody>> SmallHouse::sinks(std::size_t count) {
  std::unique_lock lock(mutex_);
  BOOST_REQUIRE(changed_.wait_for(lock, patience, [&] { return sinks_.size() >= count; }));
  return sinks_;
}

void SmallHouse::handle(Request request, std::function<void(Response)> done) {
  const std::lock_guard lock(mutex_);
  handled_.push_back(request.head.path);
  Response response;
  response.fields = {{"Content-Type", "text/plain"}};
  if (request.head.path == "/slow") {
    const std::chrono::milliseconds time(number(request.head.query, "ms", 700));
    threads_.emplace_back([time, done = std::move(done)] {
      std::this_thread::sleep_for(time);
      done({.body = "slow"});
    });
    return;
  }
  if (request.head.path == "/never") {
    unanswered_.push_back(std::move(done));
    return;
  }
  if (request.head.path == "/stream" || request.head.path == "/broken") {
    const bool broken = request.head.path == "/broken";
    response.body = "start;";
    response.source = [left = number(request.head.query, "pieces", 3),
                       size = number(request.head.query, "size", 5),
                       broken]() mutable -> std::optional<std::string> {
      if (left == 0) return std::nullopt;
      if (--left == 0 && broken) throw std::runtime_error("the disk is gone");
      return std::string(size, 'p');
    };
    if (const unsigned length = number(request.head.query, "length", 0); length > 0) response.length = length;
  } else if (request.head.path == "/empty") {
    response.status = 204;
  } else if (request.head.path == "/remote") {
    response.body = request.head.remote;
  } else if (request.head.path == "/inject") {
    response.fields.emplace_back("X-Bad", "a\r\nEvil: yes");
  } else if (request.head.path == "/big") {
    response.body = std::string(number(request.head.query, "size", 1U << 20U), 'b');
  } else {
    response.body = request.head.path == "/hello" ? "hello " + request.head.query : std::move(request.body);
  }
  done(std::move(response));
}

Response SmallHouse::problem(int status, std::string_view detail, const RequestHead& /*head*/) {
  return {.status = status,
          .fields = {{"Content-Type", "application/problem+json"}},
          .body = "{\"detail\":\"" + std::string(detail) + "\"}"};
}

void SmallHouse::open_feed(RequestHead head, std::function<void(FeedOpening)> done) {
  if (head.query == "refuse") return done({nullptr, problem(401, "no feed", head)});
  done({std::make_shared<CountedFeed>(
            number(head.query, "count", 3), number(head.query, "size", 10), number(head.query, "batch", 10),
            static_cast<std::uint16_t>(number(head.query, "close", 0)), feed_given, feed_cancelled),
        {}});
}

void SmallHouse::log(const RequestHead& head, int status, std::size_t bytes, double /*milliseconds*/) {
  const std::lock_guard lock(mutex_);
  lines_.push_back({head.path, head.request_id, status, bytes});
  changed_.notify_all();
}

std::vector<LogLine> SmallHouse::lines(std::size_t count) {
  std::unique_lock lock(mutex_);
  BOOST_REQUIRE(changed_.wait_for(lock, patience, [&] { return lines_.size() >= count; }));
  return lines_;
}

std::vector<std::string> SmallHouse::handled() {
  const std::lock_guard lock(mutex_);
  return handled_;
}

std::string Answer::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

Client::Client(std::uint16_t port, bool tls, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_buffer > 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  limit_sending(patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
  if (!tls) return;
  context_ = SSL_CTX_new(TLS_client_method());
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, socket_);
  if (SSL_connect(ssl_) != 1) throw std::runtime_error("no handshake");
}

Client::~Client() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(socket_);
}

void Client::send(std::string_view bytes) {
  const auto size = static_cast<int>(bytes.size());
  const auto sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), size)
                                    : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != size) throw std::runtime_error("cannot send");
}

void Client::say_no_more() {
  ::shutdown(socket_, SHUT_WR);
}

std::size_t Client::send_until_stuck(std::string_view bytes) {
  limit_sending(std::chrono::seconds(1));
  std::size_t all = 0;
  for (;;) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    all += static_cast<std::size_t>(sent);
  }
  limit_sending(patience);
  return all;
}

void Client::limit_sending(std::chrono::seconds time) {
  const timeval limit{.tv_sec = time.count(), .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

bool Client::fill() {
  std::array<char, 16384> piece{};
  const auto got = ssl_ != nullptr ? SSL_read(ssl_, piece.data(), static_cast<int>(piece.size()))
                                   : ::recv(socket_, piece.data(), piece.size(), 0);
  if (got > 0) {
    input_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
  }
  if (ssl_ != nullptr) {
    const int error = SSL_get_error(ssl_, static_cast<int>(got));
    clean_end_ = error == SSL_ERROR_ZERO_RETURN;
    if (error == SSL_ERROR_WANT_READ || (error == SSL_ERROR_SYSCALL && errno == EAGAIN))
      throw std::runtime_error("nothing came");
  } else if (got < 0 && errno == EAGAIN) {
    throw std::runtime_error("nothing came");
  }
  return false;
}

std::string Client::read(std::size_t bytes) {
  while (input_.size() < bytes)
    if (!fill()) throw std::runtime_error("ended early");
  std::string out = input_.substr(0, bytes);
  input_.erase(0, bytes);
  return out;
}

std::string Client::read_until(std::string_view mark) {
  std::size_t at = std::string::npos;
  while ((at = input_.find(mark)) == std::string::npos)
    if (!fill()) throw std::runtime_error("ended early");
  return read(at + mark.size());
}

std::string Client::read_to_end() {
  while (fill()) {
  }
  return std::exchange(input_, {});
}

bool Client::ended_within(std::chrono::milliseconds time) {
  const auto limit = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
    pollfd watched{.fd = socket_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&watched, 1, static_cast<int>(left.count())) <= 0) return false;
    if (!fill()) return true;
  }
}

Answer Client::receive(bool head_only) {
  Answer answer;
  const std::string head = read_until("\r\n\r\n");
  answer.status = std::atoi(head.substr(9, 3).c_str());
  std::size_t at = head.find("\r\n") + 2;
  while (at + 2 < head.size()) {
    const auto end = head.find("\r\n", at);
    const auto colon = head.find(": ", at);
    std::string name = head.substr(at, colon - at);
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.fields.emplace_back(std::move(name), head.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  if (head_only || answer.status == 204 || answer.status == 304 || answer.status < 200) return answer;
  if (answer.field("transfer-encoding") == "chunked") {
    for (;;) {
      const std::size_t size = std::stoul(read_until("\r\n"), nullptr, 16);
      answer.body += read(size);
      BOOST_TEST(read(2) == "\r\n");
      if (size == 0) return answer;
    }
  }
  const std::string length = answer.field("content-length");
  answer.body = length.empty() ? read_to_end() : read(std::stoul(length));
  return answer;
}

std::string client_frame(unsigned opcode, std::string_view payload) {
  std::string out;
  out += static_cast<char>(0x80U | opcode);
  if (payload.size() < 126) {
    out += static_cast<char>(0x80U | payload.size());
  } else {
    out += static_cast<char>(0x80U | 126U);
    out += static_cast<char>(payload.size() >> 8U);
    out += static_cast<char>(payload.size() & 255U);
  }
  const std::string_view mask = "\x11\x22\x33\x44";
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

Frame read_frame(Client& client) {
  const std::string start = client.read(2);
  std::size_t size = static_cast<unsigned char>(start[1]) & 127U;
  const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (more > 0) {
    size = 0;
    for (const char c : client.read(more))
      size = size << 8U | static_cast<unsigned char>(c);
  }
  return {static_cast<unsigned char>(start[0]) & 15U, client.read(size)};
}

std::string upgrade(std::string_view target, std::string_view more) {
  return "GET " + std::string(target) +
         " HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(more) + "\r\n";
}

unsigned close_code(const Frame& frame) {
  BOOST_REQUIRE(frame.opcode == 8);
  BOOST_REQUIRE(frame.payload.size() >= 2);
  return static_cast<unsigned char>(frame.payload[0]) * 256U + static_cast<unsigned char>(frame.payload[1]);
}

World::World(const std::function<void(NetworkOptions&)>& change) {
  NetworkOptions options;
  options.tls = self_signed;
  options.warn = [this](std::string_view message) {
    const std::lock_guard lock(mutex);
    warnings.emplace_back(message);
  };
  if (change) change(options);
  network = std::make_unique<Network>(std::move(options), house);
}

}  // namespace waystation::server::testing
