"""Networks, their training and the synthetic world they learn from."""
