#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "server/api/handler.hpp"
#include "server/demo/cast.hpp"
#include "server/demo/director.hpp"
#include "storage/data_folder.hpp"

/// `waystation demo`: Kaifeng, schematic, with made-up people, and sightings that come and go.
namespace waystation::server::demo {

/// Fills a new folder: territory, units, accounts, service points, and the last two hours of sightings, by
/// the commands anybody would use. Throws std::runtime_error.
void fill(storage::DataFolder& folder, const Cast& cast, const Settings& settings);

/// True if this store was filled by the demo: its accounts have known passwords, so that nothing else may be.
bool is_demo(const storage::Store& store, const Cast& cast);

/// A new sighting about every ten seconds, and everybody doing their part, on a thread of its own.
class Stream {
 public:
  /// Both outlive it. `warn` is told what went wrong.
  Stream(Context& context, const Cast& cast, std::function<void(std::string_view)> warn);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

 private:
  void loop();

  Director director_;
  std::function<void(std::string_view)> warn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

/// What to tell whoever started it: the address, the authority to trust, and who may log in.
std::string welcome(const Cast& cast, const std::string& url, const std::string& authority);

}  // namespace waystation::server::demo
