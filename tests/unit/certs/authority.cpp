#include "certs/authority.hpp"

#include <chrono>
#include <set>
#include <string>

#include <boost/test/unit_test.hpp>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "certs/context.hpp"
#include "certs/openssl.hpp"
#include "certs/pem_file.hpp"
#include "tests/unit/certs/folder.hpp"

namespace waystation::certs {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_seconds;

const sys_seconds now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());

std::string text_of(X509* certificate) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  X509_print_ex(bio.get(), certificate, XN_FLAG_ONELINE, 0);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// X509_V_OK, or why a client that trusts only `ca.pem` would not believe `server.pem` at `at`.
int chain_fault(const Folder& folder, sys_seconds at) {
  const auto ca = read_certificate(folder / "ca.pem").value();
  const auto server = read_certificate(folder / "server.pem").value();
  const std::unique_ptr<X509_STORE, Freeing<X509_STORE_free>> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), ca.get());
  const std::unique_ptr<X509_STORE_CTX, Freeing<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), server.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, at.time_since_epoch().count());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(authority)

BOOST_AUTO_TEST_CASE(a_chain_that_verifies) {
  const Folder folder;
  BOOST_REQUIRE(create_authority(folder.path(), now));
  BOOST_REQUIRE(
      issue(folder.path(), {"station.example", "*.kaifeng.example", "192.0.2.7", "2001:db8::1"}, now));
  const auto ca = read_certificate(folder / "ca.pem").value();
  const auto server = read_certificate(folder / "server.pem").value();
  BOOST_TEST(X509_verify(ca.get(), X509_get0_pubkey(ca.get())) == 1);
  BOOST_TEST(X509_verify(server.get(), X509_get0_pubkey(ca.get())) == 1);
  BOOST_TEST(chain_fault(folder, now) == X509_V_OK);
  BOOST_TEST(chain_fault(folder, now + days(396)) == X509_V_OK);
  BOOST_TEST(chain_fault(folder, now + days(398)) == X509_V_ERR_CERT_HAS_EXPIRED);

  for (const char* host : {"station.example", "a.kaifeng.example", "localhost"})
    BOOST_TEST(X509_check_host(server.get(), host, 0, 0, nullptr) == 1, host);
  BOOST_TEST(X509_check_host(server.get(), "elsewhere.example", 0, 0, nullptr) == 0);
  for (const char* address : {"192.0.2.7", "2001:db8::1", "127.0.0.1", "::1"})
    BOOST_TEST(X509_check_ip_asc(server.get(), address, 0) == 1, address);
  BOOST_TEST(X509_check_ip_asc(server.get(), "192.0.2.8", 0) == 0);
}

BOOST_AUTO_TEST_CASE(what_the_certificates_say) {
  const Folder folder;
  BOOST_REQUIRE(create_authority(folder.path(), now));
  BOOST_REQUIRE(issue(folder.path(), {}, now));
  const std::string ca = text_of(read_certificate(folder / "ca.pem").value().get());
  for (const char* said : {"CN = Waystation local CA", "CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign",
                           "ASN1 OID: prime256v1", "Subject Key Identifier", "Authority Key Identifier"})
    BOOST_TEST(ca.contains(said), said);
  const std::string server = text_of(read_certificate(folder / "server.pem").value().get());
  for (const char* said : {"CA:FALSE", "TLS Web Server Authentication", "Digital Signature",
                           "ASN1 OID: prime256v1", "Subject Key Identifier", "Authority Key Identifier"})
    BOOST_TEST(server.contains(said), said);
  BOOST_TEST(!server.contains("TLS Web Client Authentication"));
}

BOOST_AUTO_TEST_CASE(how_long_they_last) {
  const Folder folder;
  BOOST_REQUIRE(create_authority(folder.path(), now));
  BOOST_REQUIRE(issue(folder.path(), {}, now));
  const auto ca_end = not_after(folder / "ca.pem").value();
  BOOST_TEST((ca_end > now + days(3649) && ca_end <= now + days(3653)));
  const auto server_end = not_after(folder / "server.pem").value();
  BOOST_TEST((server_end > now + days(396) && server_end <= now + days(397)));

  BOOST_REQUIRE(issue(folder.path(), {}, now + days(3640)));
  BOOST_TEST((not_after(folder / "server.pem").value() == ca_end));
  BOOST_TEST(issue(folder.path(), {}, now + days(3660)).error().contains("lapsed"));
}

BOOST_AUTO_TEST_CASE(files_and_their_modes) {
  const Folder folder;
  BOOST_REQUIRE(create_authority(folder.path(), now));
  BOOST_REQUIRE(issue(folder.path(), {}, now));
  BOOST_TEST(mode_of(folder / "ca-key.pem") == 0600U);
  BOOST_TEST(mode_of(folder / "server-key.pem") == 0600U);
  BOOST_TEST(mode_of(folder / "ca.pem") == 0644U);
  BOOST_TEST(mode_of(folder / "server.pem") == 0644U);
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.insert(entry.path().filename().string());
  BOOST_TEST((names == std::set<std::string>{"ca.pem", "ca-key.pem", "server.pem", "server-key.pem"}));
}

BOOST_AUTO_TEST_CASE(an_authority_is_made_once_and_is_never_the_same) {
  const Folder one;
  const Folder two;
  BOOST_REQUIRE(create_authority(one.path(), now));
  BOOST_TEST(create_authority(one.path(), now).error().contains("there already"));
  BOOST_REQUIRE(create_authority(two.path(), now));
  const auto first = read_certificate(one / "ca.pem").value();
  const auto second = read_certificate(two / "ca.pem").value();
  BOOST_TEST(ASN1_INTEGER_cmp(X509_get0_serialNumber(first.get()), X509_get0_serialNumber(second.get())) !=
             0);
  BOOST_REQUIRE(issue(one.path(), {}, now));
  std::filesystem::copy_file(one / "server.pem", two / "server.pem");
  BOOST_TEST(chain_fault(two, now) != X509_V_OK);
}

BOOST_AUTO_TEST_CASE(renewing_keeps_the_key) {
  const Folder folder;
  BOOST_REQUIRE(create_authority(folder.path(), now));
  BOOST_REQUIRE(issue(folder.path(), {"old.example"}, now));
  const auto before = read_private_key(folder / "server-key.pem").value();
  write(folder / "server.pem.new", "what a crash left");
  BOOST_REQUIRE(issue(folder.path(), {"new.example"}, now));
  const auto after = read_certificate(folder / "server.pem").value();
  BOOST_TEST(X509_check_private_key(after.get(), before.get()) == 1);
  BOOST_TEST(X509_check_host(after.get(), "new.example", 0, 0, nullptr) == 1);
  BOOST_TEST(X509_check_host(after.get(), "old.example", 0, 0, nullptr) == 0);
}

BOOST_AUTO_TEST_CASE(names_that_are_none) {
  const Folder folder;
  BOOST_REQUIRE(create_authority(folder.path(), now));
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("开封.example"), std::string("a,DNS:b"),
        std::string("-a.example"), std::string("a-.example"), std::string("a..example"), std::string("."),
        std::string("a.*.example"), std::string("*."), std::string("300.1.1.1"), std::string("https://a"),
        std::string(64, 'a'), std::string("a:1"), std::string("a\nb")})
    BOOST_TEST(!issue(folder.path(), {name}, now).has_value(), name);
  BOOST_TEST(!std::filesystem::exists(folder / "server.pem"));
  BOOST_TEST(
      issue(folder.path(), {std::string(63, 'a') + ".bb.example", "LOCALHOST", "xn--a"}, now).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_said) {
  const Folder folder;
  BOOST_TEST(issue(folder.path(), {}, now).error().contains("ca.pem"));
  BOOST_TEST(create_authority(folder / "absent", now).error().contains("ca-key.pem"));
  BOOST_REQUIRE(create_authority(folder.path(), now));
  const Folder other;
  BOOST_REQUIRE(create_authority(other.path(), now));
  std::filesystem::copy_file(other / "ca-key.pem", folder / "ca-key.pem",
                             std::filesystem::copy_options::overwrite_existing);
  BOOST_TEST(issue(folder.path(), {}, now).error().contains("does not belong"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::certs
