;; 5 instructions, 4 blocks, 269 bytes
func
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: jal 0x80000010
        local.get $page i64.const 4 i64.add local.set $ra
        local.get $n i32.const 1 i32.sub local.set $n
        block
          loop
            local.get $n i32.const 5 i32.lt_s if
              i32.const 16 local.set $offset
              br 2
            end
            ;; 80000010: add a0,a0,a1
            local.get $a0 local.get $a1 i64.add local.set $a0
            ;; 80000014: ret
            local.get $ra i64.const -2 i64.and local.set $target
            local.get $target local.get $page i64.const 4 i64.add i64.eq if
              ;; 80000004: addi a1,a1,1
              local.get $a1 i64.const 1 i64.add local.set $a1
              ;; 80000008: jal 0x80000010
              local.get $page i64.const 12 i64.add local.set $ra
              local.get $n i32.const 4 i32.sub local.set $n
              br 1
            end
            local.get $target local.get $page i64.const 12 i64.add i64.eq if
              ;; 8000000c: wfi
              i32.const -0x3ff4 local.set $offset
              br 2
            end
            local.get $n i32.const 2 i32.sub local.set $n
            local.get $x local.get $ra i64.store offset=ra
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $a1 i64.store offset=a1
            local.get $target local.get $back i64.eq if
              local.get $n return
            end
            br 4
          end
        end
        local.get $x local.get $ra i64.store offset=ra
        local.get $x local.get $a0 i64.store offset=a0
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
