#include "server/media/pictures.hpp"

#include <algorithm>
#include <dlfcn.h>
#include <utility>
#include <vips/vips.h>

#include "server/media/exif.hpp"

namespace waystation::server::media {
namespace {

constexpr const char* library_name = "libvips.so.42";

/// The functions used, found by name at run time: the server itself must not carry libvips (30 MB at rest).
struct Functions {
  decltype(&vips_init) init = nullptr;
  decltype(&vips_concurrency_set) concurrency_set = nullptr;
  decltype(&vips_cache_set_max) cache_set_max = nullptr;
  void (*vector_set_enabled)(gboolean) = nullptr;  // its header, vips/vector.h, does not stand alone
  decltype(&vips_block_untrusted_set) block_untrusted_set = nullptr;
  decltype(&vips_operation_block_set) operation_block_set = nullptr;
  decltype(&vips_error_clear) error_clear = nullptr;
  decltype(&vips_source_new_from_descriptor) source_new_from_descriptor = nullptr;
  decltype(&vips_image_new_from_source) image_new_from_source = nullptr;
  decltype(&vips_image_get_width) image_get_width = nullptr;
  decltype(&vips_image_get_height) image_get_height = nullptr;
  decltype(&vips_image_get_orientation) image_get_orientation = nullptr;
  decltype(&vips_image_get_typeof) image_get_typeof = nullptr;
  decltype(&vips_image_get_blob) image_get_blob = nullptr;
  decltype(&vips_thumbnail_source) thumbnail_source = nullptr;
  decltype(&vips_array_double_newv) array_double_newv = nullptr;
  decltype(&vips_area_unref) area_unref = nullptr;
  decltype(&vips_jpegsave_buffer) jpegsave_buffer = nullptr;
  decltype(&g_object_unref) object_unref = nullptr;
  decltype(&g_free) free = nullptr;

  /// False if the library has no such function.
  bool find_all(void* library) {
    const auto find = [library](const char* name, auto& function) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
      return function != nullptr;
    };
    return find("vips_init", init) && find("vips_concurrency_set", concurrency_set) &&
           find("vips_cache_set_max", cache_set_max) && find("vips_vector_set_enabled", vector_set_enabled) &&
           find("vips_block_untrusted_set", block_untrusted_set) &&
           find("vips_operation_block_set", operation_block_set) && find("vips_error_clear", error_clear) &&
           find("vips_source_new_from_descriptor", source_new_from_descriptor) &&
           find("vips_image_new_from_source", image_new_from_source) &&
           find("vips_image_get_width", image_get_width) && find("vips_image_get_height", image_get_height) &&
           find("vips_image_get_orientation", image_get_orientation) &&
           find("vips_image_get_typeof", image_get_typeof) && find("vips_image_get_blob", image_get_blob) &&
           find("vips_thumbnail_source", thumbnail_source) &&
           find("vips_array_double_newv", array_double_newv) && find("vips_area_unref", area_unref) &&
           find("vips_jpegsave_buffer", jpegsave_buffer) && find("g_object_unref", object_unref) &&
           find("g_free", free);
  }
};

class Libvips final : public Pictures {
 public:
  explicit Libvips(const Functions& functions) : vips_(functions) {}

  std::expected<Header, Fault> header(int file) override {
    const Clearing clearing{vips_};
    const auto source = held(vips_.source_new_from_descriptor(file));
    if (!source) return std::unexpected(Fault::unreadable);
    const auto image = held(vips_.image_new_from_source(source.get(), "", "access", VIPS_ACCESS_SEQUENTIAL,
                                                        "fail_on", VIPS_FAIL_ON_ERROR, nullptr));
    if (!image) return std::unexpected(Fault::unreadable);
    Header header{.width = static_cast<std::uint32_t>(vips_.image_get_width(image.get())),
                  .height = static_cast<std::uint32_t>(vips_.image_get_height(image.get())),
                  .exif = {}};
    if (vips_.image_get_orientation(image.get()) >= 5) std::swap(header.width, header.height);
    if (vips_.image_get_typeof(image.get(), VIPS_META_EXIF_NAME) != 0) {
      const void* block = nullptr;
      std::size_t size = 0;
      if (vips_.image_get_blob(image.get(), VIPS_META_EXIF_NAME, &block, &size) == 0 && block != nullptr)
        header.exif = read_exif({static_cast<const char*>(block), size});
    }
    return header;
  }

  std::expected<std::string, Fault> small(int file, int side, int quality) override {
    const Clearing clearing{vips_};
    const auto source = held(vips_.source_new_from_descriptor(file));
    if (!source) return std::unexpected(Fault::damaged);
    VipsImage* made = nullptr;
    // Its own fail_on, libvips 8.14 leaves unread for sources; what option_string says reaches the reader.
    if (vips_.thumbnail_source(source.get(), &made, side, "height", side, "size", VIPS_SIZE_DOWN,
                               "option_string", "fail_on=error", "export_profile", "srgb", nullptr) != 0)
      return std::unexpected(Fault::damaged);
    const auto image = held(made);
    void* bytes = nullptr;
    std::size_t size = 0;
    VipsArrayDouble* const white = vips_.array_double_newv(1, 255.0);
    const int failed = vips_.jpegsave_buffer(image.get(), &bytes, &size, "Q", quality, "strip", TRUE,
                                             "optimize_coding", TRUE, "background", white, nullptr);
    vips_.area_unref(reinterpret_cast<VipsArea*>(white));
    if (failed != 0) return std::unexpected(Fault::damaged);
    std::string jpeg{static_cast<const char*>(bytes), size};
    vips_.free(bytes);
    return jpeg;
  }

 private:
  /// What libvips says of a fault is not read, and would pile up.
  struct Clearing {
    explicit Clearing(const Functions& functions) : vips(functions) {}
    ~Clearing() { vips.error_clear(); }
    Clearing(const Clearing&) = delete;
    Clearing& operator=(const Clearing&) = delete;
    const Functions& vips;
  };

  struct Drop {
    decltype(&g_object_unref) unref;
    void operator()(void* object) const { unref(object); }
  };
  template <typename T>
  std::unique_ptr<T, Drop> held(T* object) const {
    return {object, Drop{vips_.object_unref}};
  }

  Functions vips_;
};

}  // namespace

std::expected<std::unique_ptr<Pictures>, std::string> Pictures::open() {
  void* library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)                                            // There is one thread yet.
    return std::unexpected(std::string{"libvips: "} + ::dlerror());  // NOLINT(concurrency-mt-unsafe)
  Functions vips;
  if (!vips.find_all(library)) return std::unexpected("this libvips is too old: 8.13 is needed");
  if (vips.init("waystation") != 0) return std::unexpected("libvips does not start");
  vips.concurrency_set(1);
  vips.cache_set_max(0);
  vips.vector_set_enabled(FALSE);  // it writes machine code while it runs, which the jail does not let it do
  vips.block_untrusted_set(TRUE);
  vips.operation_block_set("VipsForeignLoad", TRUE);
  for (const char* reader :
       {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp", "VipsForeignLoadHeif"})
    vips.operation_block_set(reader, FALSE);
  return std::make_unique<Libvips>(vips);
}

}  // namespace waystation::server::media
