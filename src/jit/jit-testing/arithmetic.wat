;; 5 instructions, 1 blocks, 293 bytes
func
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a2 local.set $a2
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: addi a0,a0,1
        local.get $a0 i64.const 1 i64.add local.set $a0
        ;; 80000004: add a1,a0,a2
        local.get $a0 local.get $a2 i64.add local.set $a1
        ;; 80000008: mulhu a3,a0,a1
        local.get $a0 local.set $t0
        local.get $a1 local.set $t1
        local.get $t0 i64.const 32 i64.shr_u local.get $t1 i32.wrap_i64 i64.extend_i32_u i64.mul local.get $t0 i32.wrap_i64 i64.extend_i32_u local.get $t1 i32.wrap_i64 i64.extend_i32_u i64.mul i64.const 32 i64.shr_u i64.add local.set $t2
        local.get $t0 i32.wrap_i64 i64.extend_i32_u local.get $t1 i64.const 32 i64.shr_u i64.mul local.get $t2 i32.wrap_i64 i64.extend_i32_u i64.add local.set $t3
        local.get $t0 i64.const 32 i64.shr_u local.get $t1 i64.const 32 i64.shr_u i64.mul local.get $t2 i64.const 32 i64.shr_u i64.add local.get $t3 i64.const 32 i64.shr_u i64.add local.set $a3
        ;; 8000000c: divw a4,a3,a0
        local.get $a3 i32.wrap_i64 local.set $entry
        local.get $a0 i32.wrap_i64 local.set $host
        local.get $host i32.const 1 i32.add i32.const 2 i32.lt_u if
          i32.const -1 i32.const 0 local.get $entry i32.sub local.get $host i32.eqz select local.set $entry
        else
          local.get $entry local.get $host i32.div_s local.set $entry
        end
        local.get $entry local.set $a4.w
        ;; 80000010: czero.eqz a5,a0,a1
        i64.const 0 local.get $a0 local.get $a1 i64.eqz select local.set $a5
        ;; 80000014: wfi
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a1 i64.store offset=a1
        local.get $x local.get $a3 i64.store offset=a3
        local.get $x local.get $a4.w i64.extend_i32_s i64.store offset=a4
        local.get $x local.get $a5 i64.store offset=a5
        i32.const -0x9fec local.set $offset
        br 0
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
