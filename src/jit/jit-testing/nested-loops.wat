;; 6 instructions, 4 blocks, 266 bytes
func
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a2 local.set $a2
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        block
          loop
            local.get $n i32.const 6 i32.lt_s if
              i32.const 0 local.set $offset
              br 2
            end
            ;; 80000000: li a1,9
            i64.const 9 local.set $a1
            local.get $n i32.const 1 i32.sub local.set $n
            block
              loop
                local.get $n i32.const 6 i32.lt_s if
                  i32.const 4 local.set $offset
                  br 2
                end
                ;; 80000004: addi a1,a1,-1
                local.get $a1 i64.const -1 i64.add local.set $a1
                ;; 80000008: add a2,a2,a1
                local.get $a2 local.get $a1 i64.add local.set $a2
                ;; 8000000c: bnez a1,0x80000004
                local.get $a1 i64.const 0 i64.ne if
                  local.get $n i32.const 3 i32.sub local.set $n
                  br 1
                else
                  ;; 80000010: addi a0,a0,-1
                  local.get $a0 i64.const -1 i64.add local.set $a0
                  ;; 80000014: bnez a0,0x80000000
                  local.get $a0 i64.const 0 i64.ne if
                    local.get $n i32.const 5 i32.sub local.set $n
                    local.get $x local.get $a1 i64.store offset=a1
                    br 4
                  else
                    ;; 80000018: wfi
                    i32.const -0x9fe8 local.set $offset
                    br 3
                  end
                end
              end
            end
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $a1 i64.store offset=a1
            local.get $x local.get $a2 i64.store offset=a2
            br 2
          end
        end
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a2 i64.store offset=a2
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
