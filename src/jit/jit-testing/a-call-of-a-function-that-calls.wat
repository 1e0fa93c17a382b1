;; 3 instructions, 3 blocks, 334 bytes
func
  local.get $x i64.load offset=a1 local.set $a1
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        block
          loop
            local.get $n i32.const 3 i32.lt_s if
              i32.const 0 local.set $offset
              br 2
            end
            ;; 80000000: jal 0x80000010
            local.get $page i64.const 16 i64.add local.set $target
            local.get $page i64.const 4 i64.add local.set $ra
            local.get $n i32.const 1 i32.sub local.set $n
            local.get $x local.get $ra i64.store offset=ra
            local.get $x local.get $a1 i64.store offset=a1
            local.get $x i32.load offset=bank_x local.set $entry
            block
              block
                local.get $entry i64.load offset=16512 local.get $target i64.ne br_if 0
                local.get $n local.get $entry i32.load offset=16524 i32.lt_s br_if 0
                local.get $depth i32.const 128 i32.lt_u br_if 1
                br 6
              end
              local.get $x local.get $target local.get $n call $findCall local.get $depth i32.const 128 i32.lt_u i32.and br_if 0
              br 5
            end
            local.get $x local.get $page local.get $n local.get $page i64.const 4 i64.add local.get $depth i32.const 1 i32.add local.get $entry i32.load offset=16520 call_indirect local.set $n
            local.get $n i32.const 3 i32.lt_s if
              local.get $n i32.const 0 i32.lt_s if
                local.get $n return
              end
              i32.const 4 local.set $offset
              br 3
            end
            local.get $x i32.load offset=bank_ls local.set $bank
            ;; 80000004: addi a1,a1,1
            local.get $x i64.load offset=a1 local.tee $a1 i64.const 1 i64.add local.set $a1
            ;; 80000008: bnez a1,0x80000000
            local.get $a1 i64.const 0 i64.ne if
              local.get $n i32.const 2 i32.sub local.set $n
              br 1
            else
              ;; 8000000c: wfi
              local.get $x local.get $a1 i64.store offset=a1
              i32.const -0x3ff4 local.set $offset
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
