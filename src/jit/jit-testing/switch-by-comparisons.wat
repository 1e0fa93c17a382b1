;; 9 instructions, 6 blocks, 215 bytes
func
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a2 local.set $a2
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        block
          ;; 80000000: beqz a0,0x80000014
          local.get $a0 i64.const 0 i64.eq if
            ;; 80000014: li a1,1
            i64.const 1 local.set $a1
            ;; 80000018: j 0x80000020
            local.get $n i32.const 3 i32.sub local.set $n
            br 1
          else
            ;; 80000004: li t0,1
            i64.const 1 local.set $t0
            ;; 80000008: beq a0,t0,0x8000001c
            local.get $a0 local.get $t0 i64.eq if
              ;; 8000001c: li a1,2
              i64.const 2 local.set $a1
              local.get $n i32.const 4 i32.sub local.set $n
              local.get $x local.get $t0 i64.store offset=t0
              br 2
            else
              ;; 8000000c: li a1,3
              i64.const 3 local.set $a1
              ;; 80000010: j 0x80000020
              local.get $n i32.const 5 i32.sub local.set $n
              local.get $x local.get $t0 i64.store offset=t0
              br 2
            end
          end
        end
        block
          ;; 80000020: add a2,a2,a1
          local.get $a2 local.get $a1 i64.add local.set $a2
          ;; 80000024: wfi
          local.get $x local.get $a2 i64.store offset=a2
          i32.const -0x1fdc local.set $offset
          br 0
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
