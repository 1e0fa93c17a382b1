;; 4 instructions, 3 blocks, 297 bytes
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
            local.get $x local.get $target local.get $n local.get $page i64.const 8 i64.add call $callRegion local.tee $left i32.const 0 i32.lt_s if
              local.get $left i32.const -1 i32.eq if
                br 6
              end
              i32.const -2 local.get $left i32.sub return
            end
            local.get $left local.set $n
            local.get $n i32.const 4 i32.lt_s if
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
      i32.const 1 local.set $needs
      local.get $n local.get $offset i32.const 13 i32.shr_s i32.add local.set $n
      local.get $offset i32.const 0x1fff i32.and local.set $offset
    end
    local.get $page local.get $offset i64.extend_i32_s i64.add local.set $target
  end
  local.get $x local.get $target i64.store offset=pc
  local.get $x local.get $needs i32.store offset=jit_needs
  local.get $n
