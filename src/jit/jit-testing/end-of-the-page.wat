;; 2 instructions, 1 blocks, 146 bytes
func
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000ff8: addi a0,a0,1
        local.get $a0 i64.const 1 i64.add local.set $a0
        ;; 80000ffc: addi a1,a1,1
        local.get $a1 i64.const 1 i64.add local.set $a1
        local.get $n i32.const 2 i32.sub local.set $n
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a1 i64.store offset=a1
        i32.const 0x1000 local.set $offset
        br 1
      end
      local.get $x local.get $page local.get $offset i32.const 0x1fff i32.and i64.extend_i32_s i64.add i64.store offset=pc
      local.get $x i32.const 1 i32.store offset=jit_needs
      i32.const -1 local.get $n local.get $offset i32.const 13 i32.shr_s i32.add i32.xor return
    end
    local.get $page local.get $offset i64.extend_i32_s i64.add local.set $target
  end
  local.get $x local.get $target i64.store offset=pc
  local.get $x i32.const 0 i32.store offset=jit_needs
  i32.const -1 local.get $n i32.xor
