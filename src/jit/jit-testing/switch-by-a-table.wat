;; 11 instructions, 4 blocks, 500 bytes
func
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x i64.load offset=s1 local.set $s1
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  local.get $x i64.load offset=a5 local.set $a5
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        local.get $x i64.load offset=7936 local.set $33
        local.get $x i32.load offset=7944 local.set $34
        block
          loop
            local.get $n i32.const 11 i32.lt_s if
              i32.const 0 local.set $offset
              br 2
            end
            block
              block
                block
                  ;; 80000000: slli a5,a0,0x2
                  local.get $a0 i64.const 2 i64.shl local.set $a5
                  ;; 80000004: add a5,a5,s0
                  local.get $a5 local.get $s0 i64.add local.set $a5
                  ;; 80000008: lw a5,0(a5)
                  local.get $a5 local.tee $va i64.const -4093 i64.and local.get $33 i64.ne if
                    local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                      local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                        i32.const -0x3ff8 local.set $offset
                        br 7
                      end
                    end
                    local.get $x local.get $va i64.const -4096 i64.and local.tee $33 i64.store offset=7936
                    local.get $x local.get $entry i32.load offset=24 local.tee $34 i32.store offset=7944
                  end
                  local.get $34 local.get $va i32.wrap_i64 i32.add i32.load local.set $a5.w
                  ;; 8000000c: add a5,a5,s1
                  local.get $a5.w i64.extend_i32_s local.tee $a5 local.get $s1 i64.add local.set $a5
                  ;; 80000010: jr a5
                  local.get $a5 i64.const -2 i64.and local.set $target
                  local.get $n i32.const 5 i32.sub local.set $n
                  block
                    local.get $target local.get $page i64.sub local.tee $t0 i64.const 0x1000 i64.ge_u if
                      br 1
                    end
                    local.get $t0 i32.wrap_i64 i32.const 20 i32.sub i32.const 1 i32.shr_u br_table 3 0x3 2 0x3 1 0
                  end
                  local.get $x local.get $a1 i64.store offset=a1
                  local.get $x local.get $a5 i64.store offset=a5
                  br 7
                end
                block
                  ;; 80000024: addi a1,a1,3
                  local.get $a1 i64.const 3 i64.add local.set $a1
                  ;; 80000028: j 0x80000000
                  local.get $n i32.const 2 i32.sub local.set $n
                  br 3
                end
                local.get $x local.get $a1 i64.store offset=a1
                local.get $x local.get $a5 i64.store offset=a5
                br 4
              end
              block
                ;; 8000001c: li a1,2
                i64.const 2 local.set $a1
                ;; 80000020: j 0x80000000
                local.get $n i32.const 2 i32.sub local.set $n
                br 2
              end
              local.get $x local.get $a1 i64.store offset=a1
              local.get $x local.get $a5 i64.store offset=a5
              br 3
            end
            block
              ;; 80000014: li a1,1
              i64.const 1 local.set $a1
              ;; 80000018: j 0x80000000
              local.get $n i32.const 2 i32.sub local.set $n
              br 1
            end
            local.get $x local.get $a1 i64.store offset=a1
            local.get $x local.get $a5 i64.store offset=a5
            br 2
          end
        end
        local.get $x local.get $a1 i64.store offset=a1
        local.get $x local.get $a5 i64.store offset=a5
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
