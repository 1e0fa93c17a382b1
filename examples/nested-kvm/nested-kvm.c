// Drives /dev/kvm of the Linux that it runs in: a guest with two vCPUs, a device in user space, a timer and a dirty log. What it prints is
// what the guest did; it ends with 0 only if all of it was right. Linux, Documentation/virt/kvm/api.rst.
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY_BASE 0x80000000ul
#define MEMORY_BYTES (1ul << 20)
#define DEVICE_BASE 0x10000000ul
#define TEXT 0
#define NUMBER 8
#define ECHO 16
#define CAUSE 24
#define DIRTY 32
#define SUM 40

#define CORE(field) \
  (KVM_REG_RISCV | KVM_REG_SIZE_U64 | KVM_REG_RISCV_CORE | (offsetof(struct kvm_riscv_core, field) / sizeof(unsigned long)))

extern const uint8_t guest_begin[], guest_end[];

static const uint64_t number = 0x0123456789abcdef;
static const uint64_t s_timer = 1ul << 63 | 5, s_software = 1ul << 63 | 1;

static int kvm, vm, vcpus[2], mmap_bytes, faults;
static char text[64];
static unsigned interrupts;

static int control(int fd, unsigned long request, void *argument, const char *what) {
  int result = ioctl(fd, request, argument);
  if (result < 0) {
    printf("nested-kvm: %s: %s\n", what, strerror(errno));
    exit(1);
  }
  return result;
}

static void expect(const char *what, uint64_t seen, uint64_t wanted) {
  printf("nested-kvm: %s 0x%lx %s\n", what, seen, seen == wanted ? "as it should be" : "WRONG");
  if (seen != wanted) faults++;
}

/** The guest physical pages, of the first 128, that were written since the last look. */
static void dirty_pages(uint64_t pages[2]) {
  uint64_t bitmap[MEMORY_BYTES / 4096 / 64] = {0};
  struct kvm_dirty_log log = {.slot = 0, .dirty_bitmap = bitmap};
  control(vm, KVM_GET_DIRTY_LOG, &log, "KVM_GET_DIRTY_LOG");
  memcpy(pages, bitmap, 16);
}

static void stored(uint64_t offset, uint64_t value) {
  uint64_t pages[2];
  switch (offset) {
    case TEXT:
      if (strlen(text) + 1 < sizeof text) text[strlen(text)] = (char)value;
      break;
    case ECHO:
      printf("nested-kvm: the guest says: %s\n", text);
      expect("the number came back:", value, number);
      break;
    case CAUSE:
      expect(interrupts == 0 ? "timer interrupt, scause" : "interrupt of the other hart, scause", value,
             interrupts == 0 ? s_timer : s_software);
      interrupts++;
      if (value >> 63 == 0) exit(1);
      break;
    case DIRTY:
      dirty_pages(pages);
      if (value == 0) break;
      expect("dirty pages 64 to 127:", pages[1], 1ul << 0 | 1ul << 5 | 1ul << 13 | 1ul << 36);
      break;
    case SUM:
      expect("two harts added up to", value, 100);
      break;
    default:
      expect("store to offset", offset, ECHO);
  }
}

static void device(struct kvm_run *run) {
  uint64_t offset = run->mmio.phys_addr - DEVICE_BASE, value = 0;
  if (run->mmio.is_write) {
    memcpy(&value, run->mmio.data, run->mmio.len);
    stored(offset, value);
  } else {
    expect("load from offset", offset, NUMBER);
    memcpy(run->mmio.data, &number, run->mmio.len);
  }
}

static void set(int vcpu, uint64_t id, uint64_t value) {
  struct kvm_one_reg reg = {.id = id, .addr = (uint64_t)&value};
  control(vcpu, KVM_SET_ONE_REG, &reg, "KVM_SET_ONE_REG");
}

/** Runs a vCPU to the guest's end. */
static void *run_vcpu(void *id) {
  int vcpu = vcpus[(long)id];
  struct kvm_run *run = mmap(NULL, mmap_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  if (run == MAP_FAILED) exit(1);
  set(vcpu, CORE(regs.pc), MEMORY_BASE);
  set(vcpu, CORE(regs.a0), (uint64_t)id);
  for (;;) {
    if (ioctl(vcpu, KVM_RUN, NULL) < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      printf("nested-kvm: KVM_RUN of vCPU %ld: %s\n", (long)id, strerror(errno));
      exit(1);
    }
    if (run->exit_reason == KVM_EXIT_MMIO) {
      device(run);
    } else if (run->exit_reason == KVM_EXIT_SYSTEM_EVENT) {
      expect("the guest ended by event", run->system_event.type, KVM_SYSTEM_EVENT_SHUTDOWN);
      printf("nested-kvm: %s\n", faults == 0 && interrupts == 2 ? "passed" : "FAILED");
      exit(faults != 0);
    } else {
      printf("nested-kvm: vCPU %ld left for reason %u\n", (long)id, run->exit_reason);
      exit(1);
    }
  }
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  kvm = open("/dev/kvm", O_RDWR);
  if (kvm < 0) {
    printf("nested-kvm: /dev/kvm: %s\n", strerror(errno));
    return 1;
  }
  expect("KVM's interface is version", control(kvm, KVM_GET_API_VERSION, NULL, "KVM_GET_API_VERSION"), 12);
  mmap_bytes = control(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");
  vm = control(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
  uint8_t *memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  memcpy(memory, guest_begin, guest_end - guest_begin);
  struct kvm_userspace_memory_region region = {.slot = 0,
                                               .flags = KVM_MEM_LOG_DIRTY_PAGES,
                                               .guest_phys_addr = MEMORY_BASE,
                                               .memory_size = MEMORY_BYTES,
                                               .userspace_addr = (uint64_t)memory};
  control(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
  // The vCPU that is made first is the one that is on; the other waits for SBI.
  for (long id = 0; id < 2; id++) vcpus[id] = control(vm, KVM_CREATE_VCPU, (void *)id, "KVM_CREATE_VCPU");
  pthread_t other;
  if (pthread_create(&other, NULL, run_vcpu, (void *)1) != 0) return 1;
  run_vcpu((void *)0);
}
