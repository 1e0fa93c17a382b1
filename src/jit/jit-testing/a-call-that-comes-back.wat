;; 4 instructions, 3 blocks, 394 bytes
func
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        block
          loop
            local.get $n i32.const 4 i32.lt_s if
              i32.const 0 local.set $offset
              br 2
            end
            ;; 80000000: addi a0,a0,1
            local.get $a0 i64.const 1 i64.add local.set $a0
            local.get $x local.get $a0 i64.store offset=a0
            ;; 80000004: jalr s0
            local.get $s0 i64.const -2 i64.and local.set $target
            local.get $page i64.const 8 i64.add local.set $ra
            local.get $n i32.const 2 i32.sub local.set $n
            local.get $x local.get $ra i64.store offset=ra
            local.get $x local.get $a1 i64.store offset=a1
            local.get $x i32.load offset=bank_x local.get $target i32.wrap_i64 i32.const 3 i32.shl i32.const 4080 i32.and i32.add local.set $entry
            block
              block
                local.get $entry i64.load offset=16384 local.get $target i64.ne br_if 0
                local.get $n local.get $entry i32.load offset=16396 i32.lt_s br_if 0
                local.get $depth i32.const 128 i32.lt_u br_if 1
                br 6
              end
              local.get $x local.get $target local.get $n call $findCall local.get $depth i32.const 128 i32.lt_u i32.and br_if 0
              br 5
            end
            local.get $x local.get $target i64.const -4096 i64.and local.get $n local.get $page i64.const 8 i64.add local.get $depth i32.const 1 i32.add local.get $entry i32.load offset=16392 call_indirect local.set $n
            local.get $n i32.const 4 i32.lt_s if
              local.get $n i32.const 0 i32.lt_s if
                local.get $n return
              end
              i32.const 8 local.set $offset
              br 3
            end
            local.get $x i32.load offset=bank_ls local.set $bank
            ;; 80000008: add a1,a1,a0
            local.get $x i64.load offset=a1 local.tee $a1 local.get $x i64.load offset=a0 local.tee $a0 i64.add local.set $a1
            ;; 8000000c: bne a1,a2,0x80000000
            local.get $a1 local.get $x i64.load offset=a2 local.tee $a2 i64.ne if
              local.get $n i32.const 2 i32.sub local.set $n
              local.get $x i64.load offset=s0 local.set $s0
              br 1
            else
              ;; 80000010: wfi
              local.get $x local.get $a1 i64.store offset=a1
              i32.const -0x3ff0 local.set $offset
              br 3
            end
          end
        end
        local.get $x local.get $a1 i64.store offset=a1
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
