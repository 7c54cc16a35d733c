"""Laws on exchanges taken together: whose event it is, what no request accounts for, what comes after."""
