;; 4 instructions, 4 blocks, 211 bytes
func
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  local.get $x i64.load offset=a2 local.set $a2
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        block
          ;; 80000000: bnez a0,0x80000008
          local.get $a0 i64.const 0 i64.ne if
            local.get $n i32.const 1 i32.sub local.set $n
            br 1
          else
            ;; 80000004: addi a1,a1,1
            local.get $a1 i64.const 1 i64.add local.set $a1
            local.get $x local.get $a1 i64.store offset=a1
            local.get $n i32.const 2 i32.sub local.set $n
            br 1
          end
        end
        block
          ;; 80000008: addi a2,a2,-1
          local.get $a2 i64.const -1 i64.add local.set $a2
          ;; 8000000c: bnez a2,0x80000004
          local.get $a2 i64.const 0 i64.ne if
            local.get $n i32.const 2 i32.sub local.set $n
            local.get $x local.get $a2 i64.store offset=a2
            i32.const 4 local.set $offset
            br 3
          else
            ;; 80000010: wfi
            local.get $x local.get $a2 i64.store offset=a2
            i32.const -0x3ff0 local.set $offset
            br 1
          end
        end
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
