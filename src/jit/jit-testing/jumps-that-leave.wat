;; 4 instructions, 2 blocks, 170 bytes
func
  local.get $x i64.load offset=a0 local.set $a0
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000c00: beqz a0,0x800010c0
        local.get $a0 i64.const 0 i64.eq if
          local.get $n i32.const 1 i32.sub local.set $n
          i32.const 0x10c0 local.set $offset
          br 2
        else
          ;; 80000c04: auipc t0,0x0
          local.get $page i64.const 3076 i64.add local.set $t0
          ;; 80000c08: addi t0,t0,1212
          local.get $t0 i64.const 1212 i64.add local.set $t0
          ;; 80000c0c: jr t0
          local.get $t0 i64.const -2 i64.and local.set $target
          local.get $n i32.const 4 i32.sub local.set $n
          local.get $x local.get $t0 i64.store offset=t0
          local.get $target local.get $back i64.eq if
            local.get $n return
          end
          br 3
        end
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
