#include "certs/receipt.hpp"

#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "certs/authority.hpp"
#include "certs/base64url.hpp"
#include "tests/unit/certs/folder.hpp"

namespace waystation::certs {
namespace {

// RFC 8037 appendix A.
constexpr const char* secret = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
constexpr const char* public_x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
constexpr const char* key_id = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
constexpr const char* signing_input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr const char* signature_text =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

SigningKey rfc_key() {
  const std::string bytes = from_base64url(secret).value();
  return SigningKey::from_secret(
             std::span<const std::uint8_t, 32>(reinterpret_cast<const std::uint8_t*>(bytes.data()), 32))
      .value();
}

std::string jws(const std::string& header, const std::string& payload) {
  const std::string input = base64url(header) + '.' + base64url(payload);
  return input + '.' + base64url(rfc_key().signature(input));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(receipts)

BOOST_AUTO_TEST_CASE(public_key_and_thumbprint_of_rfc_8037) {
  const nlohmann::json jwk = rfc_key().public_key().jwk();
  BOOST_TEST(jwk == nlohmann::json({{"kty", "OKP"},
                                    {"crv", "Ed25519"},
                                    {"x", public_x},
                                    {"kid", key_id},
                                    {"alg", "EdDSA"},
                                    {"use", "sig"}}));
  BOOST_TEST(jwk_set(rfc_key().public_key()) == nlohmann::json({{"keys", {jwk}}}));
}

BOOST_AUTO_TEST_CASE(signature_of_rfc_8037) {
  BOOST_TEST(base64url(rfc_key().signature(signing_input)) == signature_text);
  const std::string example = std::string(signing_input) + '.' + signature_text;
  BOOST_TEST(verify(example, rfc_key().public_key()).value() == "Example of Ed25519 signing");
}

BOOST_AUTO_TEST_CASE(a_receipt_comes_back) {
  const std::string sealed = rfc_key().sign(R"({"receipt":1})");
  BOOST_TEST(from_base64url(sealed.substr(0, sealed.find('.'))).value() ==
             std::string(R"({"alg":"EdDSA","kid":")") + key_id + R"("})");
  BOOST_TEST(verify(sealed, rfc_key().public_key()).value() == R"({"receipt":1})");
  BOOST_TEST(verify(rfc_key().sign(""), rfc_key().public_key()).value().empty());
}

BOOST_AUTO_TEST_CASE(every_changed_character_is_noticed) {
  const std::string sealed = rfc_key().sign("payload");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    BOOST_TEST(!verify(changed, rfc_key().public_key()).has_value(), "changed at " << i);
    BOOST_TEST(!verify(sealed.substr(0, i), rfc_key().public_key()).has_value(), "cut at " << i);
  }
}

BOOST_AUTO_TEST_CASE(headers_that_are_not_to_be_believed) {
  BOOST_TEST(verify(jws(R"({"alg":"EdDSA"})", "p"), rfc_key().public_key()).has_value());
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":["EdDSA"]})", "{}", "[]",
                             "EdDSA", "", R"({"alg":"EdDSA","kid":"another"})", R"({"alg":"EdDSA","kid":7})",
                             R"({"alg":"EdDSA","crit":["b64"],"b64":false})", "{\"alg\":\"EdDSA\xff\"}"})
    BOOST_TEST(!verify(jws(header, "p"), rfc_key().public_key()).has_value(), header);
  BOOST_TEST(!verify(jws(std::string(2000, '['), "p"), rfc_key().public_key()).has_value());
}

BOOST_AUTO_TEST_CASE(another_key_does_not_verify) {
  const Folder folder;
  const SigningKey other = SigningKey::create(folder / "other.pem").value();
  BOOST_TEST(verify(rfc_key().sign("p"), other.public_key()).error() == "signed by another key");
  BOOST_TEST(!verify(jws(R"({"alg":"EdDSA"})", "p"), other.public_key()).has_value());
}

BOOST_AUTO_TEST_CASE(the_key_file_is_private_and_made_once) {
  const Folder folder;
  const auto file = folder / "receipt-key.pem";
  const SigningKey made = SigningKey::create(file).value();
  BOOST_TEST(mode_of(file) == 0600U);
  BOOST_TEST(SigningKey::load(file).value().public_key().kid() == made.public_key().kid());
  BOOST_TEST(!SigningKey::create(file).has_value());
  BOOST_TEST(SigningKey::load(file).value().public_key().kid() == made.public_key().kid());
}

BOOST_AUTO_TEST_CASE(files_that_hold_no_ed25519_key) {
  const Folder folder;
  BOOST_TEST(!SigningKey::load(folder / "absent.pem").has_value());
  write(folder / "garbage.pem", "garbage");
  BOOST_TEST(!SigningKey::load(folder / "garbage.pem").has_value());
  BOOST_REQUIRE(create_authority(folder.path(), std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)));
  BOOST_TEST(SigningKey::load(folder / "ca-key.pem").error().contains("not an Ed25519 key"));
}

BOOST_AUTO_TEST_CASE(a_public_key_from_its_jwk) {
  const nlohmann::json good = rfc_key().public_key().jwk();
  BOOST_TEST(PublicKey::from_jwk(good).value().kid() == key_id);
  for (const auto& [member, value] : {std::pair<const char*, nlohmann::json>{"kty", "EC"},
                                      {"crv", "X25519"},
                                      {"x", "AAAA"},
                                      {"x", 7},
                                      {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR="}}) {
    nlohmann::json bad = good;
    bad[member] = value;
    BOOST_TEST(!PublicKey::from_jwk(bad).has_value(), bad);
  }
  BOOST_TEST(!PublicKey::from_jwk(nlohmann::json::array()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace waystation::certs
