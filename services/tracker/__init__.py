"""问题楼盘: the files of troubled housing projects."""
