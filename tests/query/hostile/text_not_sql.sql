-- refused: NotUnderstood
hello, please show me everything
