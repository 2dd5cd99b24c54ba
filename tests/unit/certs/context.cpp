#include "certs/context.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "certs/authority.hpp"
#include "certs/openssl.hpp"
#include "tests/unit/certs/folder.hpp"

namespace waystation::certs {
namespace {

using SslHandle = std::unique_ptr<SSL, Freeing<SSL_free>>;
using SessionHandle = std::unique_ptr<SSL_SESSION, Freeing<SSL_SESSION_free>>;
using ContextHandle = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;

const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());

/// A folder with an authority and a server's certificate.
struct Trust : Folder {
  Trust() {
    BOOST_REQUIRE(create_authority(path(), now));
    BOOST_REQUIRE(issue(path(), {}, now));
  }
  std::shared_ptr<SSL_CTX> load() const {
    return load_server_context(*this / "server.pem", *this / "server-key.pem").value();
  }
};

ContextHandle client_context(const Folder& trust, int version) {
  ContextHandle context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context.get(), 0);  // so that it can offer what the server must refuse
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_load_verify_locations(context.get(), (trust / "ca.pem").c_str(), nullptr);
  return context;
}

/// A client and a server joined by memory.
struct Pair {
  SslHandle client;
  SslHandle server;

  Pair(SSL_CTX* client_side, SSL_CTX* server_side)
      : client(SSL_new(client_side)), server(SSL_new(server_side)) {
    BIO* near = nullptr;
    BIO* far = nullptr;
    BIO_new_bio_pair(&near, 0, &far, 0);
    SSL_set_bio(client.get(), near, near);
    SSL_set_bio(server.get(), far, far);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    SSL_set1_host(client.get(), "localhost");
  }

  bool shake_hands() const {
    for (int round = 0; round < 10; ++round) {
      const int mine = SSL_do_handshake(client.get());
      const int theirs = SSL_do_handshake(server.get());
      if (mine == 1 && theirs == 1) return true;
      for (const auto& [ssl, result] : {std::pair(client.get(), mine), std::pair(server.get(), theirs)})
        if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ) return false;
    }
    return false;
  }

  /// What the client reads of what the server writes; also takes in the tickets of TLS 1.3.
  std::string say(const std::string& words) const {
    SSL_write(server.get(), words.data(), static_cast<int>(words.size()));
    std::string heard(words.size(), '\0');
    const int size = SSL_read(client.get(), heard.data(), static_cast<int>(heard.size()));
    heard.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return heard;
  }

  ~Pair() { ERR_clear_error(); }
};

SessionHandle first_session(SSL_CTX* client, SSL_CTX* server) {
  const Pair pair(client, server);
  BOOST_REQUIRE(pair.shake_hands());
  BOOST_TEST(pair.say("hello") == "hello");
  BOOST_TEST(SSL_session_reused(pair.client.get()) == 0);
  SSL_shutdown(pair.client.get());
  return SessionHandle(SSL_get1_session(pair.client.get()));
}

bool resumes(SSL_CTX* client, SSL_CTX* server, SSL_SESSION* session) {
  const Pair pair(client, server);
  SSL_set_session(pair.client.get(), session);
  BOOST_REQUIRE(pair.shake_hands());
  return SSL_session_reused(pair.server.get()) == 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contexts)

BOOST_AUTO_TEST_CASE(both_versions_shake_hands_and_resume) {
  const Trust trust;
  const auto server = trust.load();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto client = client_context(trust, version);
    const auto session = first_session(client.get(), server.get());
    BOOST_TEST(SSL_SESSION_get_protocol_version(session.get()) == version);
    BOOST_TEST(resumes(client.get(), server.get(), session.get()));
    BOOST_TEST(!resumes(client.get(), trust.load().get(), session.get()));
  }
}

BOOST_AUTO_TEST_CASE(older_versions_are_refused) {
  const Trust trust;
  const auto server = trust.load();
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const auto client = client_context(trust, version);
    BOOST_TEST(!Pair(client.get(), server.get()).shake_hands());
    // The same client and certificate, were they allowed: so it is the version that is refused.
    const auto lax = trust.load();
    SSL_CTX_set_security_level(lax.get(), 0);
    SSL_CTX_set_min_proto_version(lax.get(), version);
    SSL_CTX_set_cipher_list(lax.get(), "ALL");
    BOOST_TEST(Pair(client.get(), lax.get()).shake_hands());
  }
}

BOOST_AUTO_TEST_CASE(only_forward_secret_aead_suites) {
  const Trust trust;
  const auto server = trust.load();
  const auto client = client_context(trust, TLS1_2_VERSION);
  for (const char* suite :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    BOOST_REQUIRE(SSL_CTX_set_cipher_list(client.get(), suite) == 1);
    BOOST_TEST(Pair(client.get(), server.get()).shake_hands(), suite);
  }
  for (const char* suite : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-CCM",
                            "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "ALL:!ECDHE"}) {
    BOOST_REQUIRE(SSL_CTX_set_cipher_list(client.get(), suite) == 1);
    BOOST_TEST(!Pair(client.get(), server.get()).shake_hands(), suite);
  }
}

BOOST_AUTO_TEST_CASE(the_server_chooses_but_a_phone_may_ask_for_chacha) {
  const Trust trust;
  const auto server = trust.load();
  const auto client = client_context(trust, TLS1_2_VERSION);
  const std::pair<const char*, const char*> wishes[] = {
      {"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
      {"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}};
  for (const auto& [wish, choice] : wishes) {
    SSL_CTX_set_cipher_list(client.get(), wish);
    const Pair pair(client.get(), server.get());
    BOOST_REQUIRE(pair.shake_hands());
    BOOST_TEST(SSL_get_cipher_name(pair.client.get()) == std::string(choice));
  }
}

BOOST_AUTO_TEST_CASE(application_protocol) {
  const Trust trust;
  const auto server = trust.load();
  const auto client = client_context(trust, TLS1_3_VERSION);
  const std::string offers = "\x02h2\x08http/1.1";
  {
    const Pair pair(client.get(), server.get());
    SSL_set_alpn_protos(pair.client.get(), reinterpret_cast<const unsigned char*>(offers.data()),
                        static_cast<unsigned>(offers.size()));
    BOOST_REQUIRE(pair.shake_hands());
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(pair.client.get(), &chosen, &size);
    BOOST_TEST(std::string(reinterpret_cast<const char*>(chosen), size) == "http/1.1");
  }
  const Pair pair(client.get(), server.get());
  SSL_set_alpn_protos(pair.client.get(), reinterpret_cast<const unsigned char*>(offers.data()), 3);
  BOOST_TEST(!pair.shake_hands());
}

BOOST_AUTO_TEST_CASE(renegotiation_is_refused) {
  const Trust trust;
  const auto server = trust.load();
  const auto client = client_context(trust, TLS1_2_VERSION);
  const Pair pair(client.get(), server.get());
  BOOST_REQUIRE(pair.shake_hands());
  BOOST_REQUIRE(SSL_renegotiate(pair.client.get()) == 1);
  SSL_do_handshake(pair.client.get());
  char byte = 0;
  SSL_read(pair.server.get(), &byte, 1);
  BOOST_TEST(SSL_do_handshake(pair.client.get()) != 1);
}

BOOST_AUTO_TEST_CASE(the_whole_chain_is_sent) {
  const Trust trust;
  const auto server = trust.load();
  const auto client = client_context(trust, TLS1_3_VERSION);
  const Pair pair(client.get(), server.get());
  BOOST_REQUIRE(pair.shake_hands());
  BOOST_TEST(sk_X509_num(SSL_get_peer_cert_chain(pair.client.get())) == 2);
  BOOST_TEST((SSL_CTX_get_mode(server.get()) & SSL_MODE_RELEASE_BUFFERS) != 0);
}

BOOST_AUTO_TEST_CASE(files_that_do_not_serve) {
  const Trust trust;
  const Trust other;
  const auto load = [](const auto& cert, const auto& key) { return load_server_context(cert, key); };
  BOOST_TEST(load(trust / "absent.pem", trust / "server-key.pem").error().contains("absent.pem"));
  BOOST_TEST(load(trust / "server.pem", trust / "absent.pem").error().contains("absent.pem"));
  BOOST_TEST(load(trust / "server.pem", other / "server-key.pem").error().contains("mismatch"));
  write(trust / "garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  BOOST_TEST(load(trust / "garbage.pem", trust / "server-key.pem").error().contains("garbage.pem"));
  BOOST_TEST(!not_after(trust / "garbage.pem").has_value());
  BOOST_TEST(!not_after(trust / "absent.pem").has_value());
}

BOOST_AUTO_TEST_CASE(an_encrypted_key_is_an_error_and_no_prompt) {
  const Trust trust;
  const std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const BioHandle bio(BIO_new_file((trust / "locked.pem").c_str(), "w"));
  std::string password = "secret";
  BOOST_REQUIRE(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), password.data(),
                                              static_cast<int>(password.size()), nullptr, nullptr) == 1);
  BOOST_REQUIRE(BIO_flush(bio.get()) == 1);
  BOOST_TEST(!load_server_context(trust / "server.pem", trust / "locked.pem").has_value());
}

BOOST_AUTO_TEST_CASE(reload_swaps_and_keeps_the_old_on_garbage) {
  const Trust trust;
  const auto reloading = ReloadingContext::open(trust / "server.pem", trust / "server-key.pem").value();
  const auto first = reloading->get();

  write(trust / "server.pem", "garbage");
  const auto failed = reloading->reload();
  BOOST_REQUIRE(!failed.has_value());
  BOOST_TEST(failed.error().contains("server.pem"));
  BOOST_TEST(reloading->get() == first);

  BOOST_REQUIRE(issue(trust.path(), {"new.example"}, now));
  BOOST_REQUIRE(reloading->reload());
  BOOST_TEST(reloading->get() != first);
  const auto client = client_context(trust, TLS1_3_VERSION);
  const Pair pair(client.get(), reloading->get().get());
  SSL_set1_host(pair.client.get(), "new.example");
  BOOST_TEST(pair.shake_hands());
}

BOOST_AUTO_TEST_CASE(tickets_outlive_a_reload) {
  const Trust trust;
  const auto reloading = ReloadingContext::open(trust / "server.pem", trust / "server-key.pem").value();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto client = client_context(trust, version);
    const auto session = first_session(client.get(), reloading->get().get());
    BOOST_REQUIRE(issue(trust.path(), {}, now));
    BOOST_REQUIRE(reloading->reload());
    BOOST_TEST(resumes(client.get(), reloading->get().get(), session.get()));
  }
}

BOOST_AUTO_TEST_CASE(reload_beside_connections) {
  const Trust trust;
  const auto reloading = ReloadingContext::open(trust / "server.pem", trust / "server-key.pem").value();
  std::atomic<int> failures = 0;
  std::jthread reloader([&](const std::stop_token& stop) {
    while (!stop.stop_requested())
      if (!reloading->reload()) ++failures;
  });
  for (int i = 0; i < 20; ++i) {
    const auto client = client_context(trust, TLS1_3_VERSION);
    const auto server = reloading->get();
    if (!Pair(client.get(), server.get()).shake_hands()) ++failures;
  }
  reloader.request_stop();
  reloader.join();
  BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::certs
