"""Accounts, projects and regions as rows, what their credentials open, and the clients of the clouds behind them."""
