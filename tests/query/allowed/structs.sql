SELECT {'state': state, 'share': share} AS s, struct_pack(a := id), MAP {'a': 1}, row(1, 'b') FROM polls
